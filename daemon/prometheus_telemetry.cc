#include "daemon/prometheus_telemetry.h"

namespace penstock {

void PrometheusTelemetry::decided(std::string_view policy, Action action, ReasonCode reason) {
  instruments_.decided(policy, to_string(action), to_string(reason));
}

void PrometheusTelemetry::ordered(Product product, OrderKind kind, std::string_view outcome) {
  instruments_.ordered(to_string(product), to_string(kind), outcome);
}

void PrometheusTelemetry::order_took(Product product, OrderKind kind, Duration span) {
  instruments_.order_took(to_string(product), to_string(kind), span);
}

void PrometheusTelemetry::spent(std::string_view policy, Money money) {
  instruments_.spent(policy, money);
}

void PrometheusTelemetry::source_failed(std::string_view source) {
  instruments_.source_failed(source);
}

void PrometheusTelemetry::api_request(std::string_view product, std::string_view action,
                                      std::string_view code, Duration span) {
  instruments_.api_request(product, action, code, span);
}

void PrometheusTelemetry::tick_began(Duration late) {
  instruments_.tick_began(late);
}

void PrometheusTelemetry::tick_took(Phase phase, Duration span) {
  instruments_.tick_took(to_string(phase), span);
}

void PrometheusTelemetry::alarm(OrderAlarm alarm) {
  if (alarm != OrderAlarm::kNone) instruments_.order_alarm(to_string(alarm));
}

void PrometheusTelemetry::quote_differs() {
  instruments_.order_alarm("quote-differs");
}

void PrometheusTelemetry::journal_failed() {
  instruments_.journal_failed();
}

}  // namespace penstock
