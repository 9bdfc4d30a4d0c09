// gzip_blocks: a stream of blocks as one gzip stream, compressed while it is taken.
//
//   if (accepts_gzip(request.header("accept-encoding"))) next_block = gzip_blocks(next_block);
//
// Neither the whole plain nor the whole packed text is ever held. What the source of the blocks
// throws passes through. Thread: whoever calls, one at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace penstock {

/// Whether a client that sent this Accept-Encoding takes gzip.
bool accepts_gzip(std::string_view accept_encoding);

/// Block after block, then "", as `plain` gives; empty when there is no memory for it.
std::function<std::string()> gzip_blocks(std::function<std::string()> plain);

}  // namespace penstock
