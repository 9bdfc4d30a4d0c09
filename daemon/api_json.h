// The JSON of /api/v1, and of the commands' --json: one shape for each thing.
//
//   JsonWriter out;
//   write_json(out, view);            // {"account":"main","instance_id":"…","cap_mbps":200,…}
//
// Times are RFC 3339 UTC, bandwidth integers named *_mbps (measured traffic rounded up), money
// decimal strings beside "currency". What is not known is null; nothing is left out, so that a
// script may rely on every key. Pure functions.
#pragma once

#include "daemon/json.h"
#include "daemon/memory.h"
#include "daemon/order.h"
#include "daemon/snapshot.h"

namespace penstock {

void write_json(JsonWriter& out, const InstanceView& view);
void write_json(JsonWriter& out, const Decision& decision);
void write_json(JsonWriter& out, const Order& order);
void write_json(JsonWriter& out, const DecisionRow& row);
void write_json(JsonWriter& out, const EventRow& row);
void write_json(JsonWriter& out, const PolicyView& policy);
void write_json(JsonWriter& out, const SourceView& source);
void write_json(JsonWriter& out, const AccountView& account);
/// The whole status document but for what only the caller knows (version, present time).
void write_status_fields(JsonWriter& out, const Snapshot& snapshot);

std::string_view to_string(Mode mode);               ///< "observe", "enforce"
std::string_view to_string(ChangeState::Kind kind);  ///< "unread", "idle", "running", …

}  // namespace penstock
