// The provider's calls about one instance's bandwidth: its state, its price, its change.
#include "daemon/sim/provider_call.h"

namespace penstock {
namespace {

/// The bandwidth has another name per service, and again another in the status call.
std::string_view size_parameter(const ProviderCall& call) {
  return call.product == Product::kVm ? "internetMaxBandwidthOut" : "bandwidthOutMbps";
}

std::string_view word(ChangeWord change) {
  switch (change) {
    case ChangeWord::kEnable:
      return "Enable";
    case ChangeWord::kProcessing:
      return "Processing";
    case ChangeWord::kWaitToEnable:
      return "WaitToEnable";
  }
  return "";
}

void write_step(const SimQuote& quote, std::size_t i, WireWriter& out) {
  const auto& [from, price] = quote.hourly_steps[i];
  const bool last = i + 1 == quote.hourly_steps.size();
  out.begin_item().real("stepStart", static_cast<double>(from.count()));
  if (last) {
    out.null("stepEnd");
  } else {
    out.real("stepEnd", static_cast<double>(quote.hourly_steps[i + 1].first.count()));
  }
  out.money("unitPrice", price)
      .money("discountUnitPrice", scale_round_up(price, quote.discount_percent, 100))
      .end();
}

/// Members of a price object: seven in the old versions, twelve in those of 2026.
void write_price(const SimQuote& quote, bool modern, WireWriter& out) {
  const bool stepped = !quote.hourly_steps.empty();
  out.real("discount", quote.discount_percent);
  if (quote.prepaid) {
    out.money("discountPrice", quote.discounted).money("originalPrice", quote.original);
  } else {
    out.null("discountPrice").null("originalPrice");
  }
  if (quote.prepaid || stepped) {
    out.null("unitPrice").null("discountUnitPrice");
  } else {
    out.money("unitPrice", quote.original).money("discountUnitPrice", quote.discounted);
  }
  out.text_or_null("chargeUnit", quote.prepaid ? "" : "HOUR");
  if (stepped) {
    out.begin_list("stepPrices");
    for (std::size_t i = 0; i < quote.hourly_steps.size(); ++i) write_step(quote, i, out);
    out.end_list();
  } else {
    out.null("stepPrices");
  }
  if (!modern) return;
  out.text_or_null("amountUnit", stepped ? "Mbps" : "")
      .null("excessUnitPrice")
      .null("excessDiscountUnitPrice")
      .null("excessAmountUnit")
      .text("category", "STANDARD");
}

}  // namespace

ProviderAnswer describe_instance_internet_status(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::string id = asked.required_text("instanceId");
  if (asked.problem()) return asked.problem();
  const SimInstance* it = visible(call, id);
  const std::optional<SimChange> change = call.cloud.change(id, call.now);
  if (it == nullptr || !change) return instance_not_found(id);
  std::optional<std::int64_t> modified;
  if (change->modified) modified = change->modified->count();
  call.out.text("instanceId", it->id)
      .text("instanceName", it->name)
      .whole("internetMaxBandwidthOut", change->cap.count())
      .whole_or_null("modifiedInternetMaxBandwidthOut", modified)
      .text("modifiedBandwidthStatus",
            call.quirks.odd_words(id) ? "Reconciling" : word(change->change))
      .real_or_null("trafficPackageSize", it->package_tb)
      .null("modifiedTrafficPackageSize");
  if (it->package_tb) {
    call.out.text("modifiedTrafficPackageStatus", "Enable");
  } else {
    call.out.null("modifiedTrafficPackageStatus");
  }
  return std::nullopt;
}

ProviderAnswer inquiry_price_instance_bandwidth(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::string id = asked.required_text("instanceId");
  const std::int64_t target = asked.required_whole(size_parameter(call));
  if (asked.problem()) return asked.problem();
  if (visible(call, id) == nullptr) return instance_not_found(id);
  const SimType* type = call.cloud.catalogue().type(call.cloud.instance(id)->type);
  if (call.product == Product::kBmc && type != nullptr && !type->sold) {
    return Refusal{400, "INVALID_INSTANCE_TYPE_ZONE_NO_SELL",
                   "The instance type is not on sale in the zone."};
  }
  const auto answer = call.cloud.quote(id, target, call.now);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return *refusal;
  const auto& quote = std::get<SimQuote>(answer);
  if (call.quirks.price_as_object && quote.priced) {
    call.out.begin("bandwidthPrice");
    write_price(quote, call.modern, call.out);
    call.out.end();
    return std::nullopt;
  }
  call.out.begin_list("bandwidthPrice");
  if (quote.priced) {
    call.out.begin_item();
    write_price(quote, call.modern, call.out);
    call.out.end();
  }
  call.out.end_list();
  return std::nullopt;
}

ProviderAnswer modify_instance_bandwidth(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::string id = asked.required_text("instanceId");
  const std::int64_t target = asked.required_whole(size_parameter(call));
  if (asked.problem()) return asked.problem();
  if (call.cloud.instance(id) != nullptr && visible(call, id) == nullptr) {
    return instance_not_found(id);
  }
  const auto answer = call.cloud.modify(id, target, call.now);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return *refusal;
  call.out.text("orderNumber", std::get<SimOrder>(answer).number);
  return std::nullopt;
}

ProviderAnswer cancel_instance_bandwidth_downgrade(ProviderCall& call) {
  Parameters asked(call.parameters);
  const std::string id = asked.required_text("instanceId");
  if (asked.problem()) return asked.problem();
  if (call.cloud.instance(id) != nullptr && visible(call, id) == nullptr) {
    return instance_not_found(id);
  }
  const auto answer = call.cloud.cancel_downgrade(id, call.now);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return *refusal;
  return std::nullopt;
}

}  // namespace penstock
