// The keys of one [[policy]] and what must hold between them.
#pragma once

#include <vector>

#include "policies/policy.h"
#include "policies/schema.h"

namespace penstock {

const Schema<Policy>& policy_schema();
std::vector<SectionDoc> policy_sections();

}  // namespace penstock
