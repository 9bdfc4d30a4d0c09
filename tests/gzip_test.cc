// Blocks packed while they are taken: they unpack to the same text, in pieces that are never large.
#include "daemon/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <stdexcept>
#include <string>

#include "tests/testing/random.h"

namespace penstock {
namespace {

/// Whole gzip streams only; "" for anything else.
std::string unpacked(std::string packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return {};
  std::string out;
  std::string room(1U << 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(room, 0, room.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END && stream.avail_in == 0 ? out : "";
}

TEST(Gzip, UnpacksToTheSameText) {
  testing::Random random(7);
  for (const bool repetitive : {true, false}) {
    for (const int blocks : {0, 1, 2, 40}) {
      std::string whole;
      int left = blocks;
      const auto next = gzip_blocks([&] {
        std::string block;
        if (left-- <= 0) return block;
        for (int i = 0; i < 5000; ++i) {
          block += repetitive ? "penstock_cap_mbps{instance_id=\"" + std::to_string(i) + "\"} 100\n"
                              : std::string(1, static_cast<char>(random.below(256)));
        }
        whole += block;
        return block;
      });
      ASSERT_TRUE(next);
      std::string packed;
      for (std::string block = next(); !block.empty(); block = next()) {
        EXPECT_LE(block.size(), 1U << 14);
        packed += block;
      }
      EXPECT_EQ(unpacked(packed), whole);
      EXPECT_EQ(next(), "") << "the end stays the end";
      if (repetitive && blocks > 1) {
        EXPECT_LT(packed.size() * 5, whole.size());
      }
    }
  }
}

TEST(Gzip, WhatTheSourceThrowsPassesThrough) {
  const auto next = gzip_blocks([]() -> std::string { throw std::runtime_error("no page"); });
  EXPECT_THROW(next(), std::runtime_error);
}

TEST(Gzip, IsAskedForByName) {
  const std::pair<const char*, bool> cases[] = {
      {"", false},
      {"gzip", true},
      {"GZIP", true},
      {"deflate, gzip;q=0.5", true},
      {" gzip ; q=1.0 ", true},
      {"gzip;q=0", false},
      {"gzip; q=0.000, identity", false},
      {"identity", false},
      {"x-gzip-like", false},
      {"br,,", false},
      {"zstd,gzip", true},
  };
  for (const auto& [header, accepted] : cases) EXPECT_EQ(accepts_gzip(header), accepted) << header;
}

}  // namespace
}  // namespace penstock
