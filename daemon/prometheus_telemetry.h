// PrometheusTelemetry: the loop's Telemetry counted in metrics/instruments.h, under the words that
// log, API and journal use too.
//
//   Instruments instruments(PENSTOCK_VERSION);
//   PrometheusTelemetry telemetry(instruments);
//
// Called from the loop thread; the instruments may be read by others meanwhile.
#pragma once

#include "daemon/telemetry.h"
#include "metrics/instruments.h"

namespace penstock {

class PrometheusTelemetry final : public Telemetry {
 public:
  /// `instruments` must outlive it.
  explicit PrometheusTelemetry(Instruments& instruments) : instruments_(instruments) {}

  void decided(std::string_view policy, Action action, ReasonCode reason) override;
  void ordered(Product product, OrderKind kind, std::string_view outcome) override;
  void order_took(Product product, OrderKind kind, Duration span) override;
  void spent(std::string_view policy, Money money) override;
  void source_failed(std::string_view source) override;
  void api_request(std::string_view product, std::string_view action, std::string_view code,
                   Duration span) override;
  void tick_took(Phase phase, Duration span) override;
  void tick_began(Duration late) override;
  void quote_differs() override;
  void alarm(OrderAlarm alarm) override;
  void journal_failed() override;

 private:
  Instruments& instruments_;
};

}  // namespace penstock
