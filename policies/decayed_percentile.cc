#include "policies/decayed_percentile.h"

#include <algorithm>
#include <cmath>

namespace penstock {

namespace {

constexpr std::size_t kBlockLimit = 512;
/// Half-lives after which the origin moves on; far inside double's range of exponents.
constexpr double kRescaleAfter = 200;
/// Weights this much below the newest cannot change any sum of doubles.
constexpr double kNegligible = 0x1p-120;

}  // namespace

void DecayedPercentile::add(double value, TimePoint now) {
  if (blocks_.empty()) origin_ = now;
  double age =
      static_cast<double>((now - origin_).count()) / static_cast<double>(half_life_.count());
  if (age > kRescaleAfter) {
    rescale(std::exp2(-age));
    origin_ = now;
    age = 0;
  }
  const double weight = std::exp2(age);
  total_ += weight;
  auto block = std::find_if(blocks_.begin(), blocks_.end(),
                            [&](const Block& one) { return one.items.back().value >= value; });
  if (block == blocks_.end()) {
    if (blocks_.empty()) blocks_.emplace_back();
    block = blocks_.end() - 1;
  }
  const auto place =
      std::lower_bound(block->items.begin(), block->items.end(), value,
                       [](const Item& item, double wanted) { return item.value < wanted; });
  block->items.insert(place, {.value = value, .weight = weight});
  block->weight += weight;
  if (block->items.size() < kBlockLimit) return;
  Block upper;
  const auto half = block->items.begin() + kBlockLimit / 2;
  upper.items.assign(half, block->items.end());
  block->items.erase(half, block->items.end());
  for (const Item& item : upper.items) upper.weight += item.weight;
  block->weight = 0;
  for (const Item& item : block->items) block->weight += item.weight;
  blocks_.insert(block + 1, std::move(upper));
}

double DecayedPercentile::at(double q) const {
  if (blocks_.empty()) return 0;
  double need = q * total_;
  for (const Block& block : blocks_) {
    if (block.weight < need) {
      need -= block.weight;
      continue;
    }
    for (const Item& item : block.items) {
      need -= item.weight;
      if (need <= 0) return item.value;
    }
  }
  return blocks_.back().items.back().value;
}

void DecayedPercentile::rescale(double factor) {
  total_ = 0;
  for (Block& block : blocks_) {
    block.weight = 0;
    for (Item& item : block.items) item.weight *= factor;
    std::erase_if(block.items, [](const Item& item) { return item.weight < kNegligible; });
    for (const Item& item : block.items) block.weight += item.weight;
    total_ += block.weight;
  }
  std::erase_if(blocks_, [](const Block& block) { return block.items.empty(); });
}

}  // namespace penstock
