// gather(): one tick of one traffic source against an Http, as the loop does it.
//
//   std::vector<TrafficAnswer> answers = gather(source, http, {&policy}, now);
//
// Single-threaded.
#pragma once

#include <vector>

#include "daemon/sample_source.h"

namespace penstock {

inline std::vector<TrafficAnswer> gather(SampleSource& source, Http& http,
                                         const std::vector<const Policy*>& policies,
                                         TimePoint now) {
  std::vector<PolicyQuestion> questions;
  questions.reserve(policies.size());
  for (const Policy* policy : policies) questions.push_back({policy});
  source.begin(questions, now);
  for (auto requests = source.requests(); !requests.empty(); requests = source.requests()) {
    source.take(http.fetch_all(requests));
  }
  return source.answers();
}

}  // namespace penstock
