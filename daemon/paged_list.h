// Reading a paged list whose rows come and go while it is read, so that none is lost or doubled.
//
//   PagedList<Instance> list(500);
//   while (!list.finished()) for (int page : list.wanted()) list.take(page, ask(page));
//   std::vector<Instance> rows = list.rows();
//
// A pass is clean when every page named the same total and as many different rows came back.
// Otherwise the list moved under the reader: it is read again, and after a few tries everything
// seen in any pass counts, since a row that is gone does less harm than one that is missed. Plain
// value, no I/O.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policies/result.h"

namespace penstock {

/// One page as it was read; `rows` also counts those that could not be used.
template <class Row>
struct ListPage {
  std::optional<std::int64_t> total;
  std::size_t rows = 0;
  std::vector<std::pair<std::string, Row>> keyed;
};

template <class Row>
class PagedList {
 public:
  static constexpr int kPasses = 3;
  static constexpr int kMaxPages = 1000;
  static constexpr int kPagesAtOnce = 50;

  explicit PagedList(int page_size) : page_size_(page_size) {}

  bool finished() const { return finished_; }
  /// Pages to ask for now, all of them before `wanted()` is called again.
  const std::vector<int>& wanted() const { return wanted_; }
  /// Fails the whole list when a page failed.
  void take(Result<ListPage<Row>> page);

  const std::optional<Error>& error() const { return error_; }
  bool more_than_one_page() const { return pages_ > 1; }
  std::vector<Row> rows() &&;

 private:
  void end_of_batch();
  void end_of_pass();
  void ask(int first, int count);

  int page_size_;
  std::vector<int> wanted_ = {1};
  std::size_t taken_ = 0;       ///< of the wanted ones
  std::set<std::string> pass_;  ///< keys of this pass
  std::map<std::string, Row> seen_;
  std::optional<std::int64_t> total_;
  std::size_t pass_rows_ = 0;
  std::size_t least_page_rows_ = 0;  ///< of this batch
  bool doubt_ = false;               ///< totals differed, or a row came twice
  bool empty_page_ = false;
  bool brought_any_ = false;  ///< this batch had a row that was not seen before in this pass
  int pages_ = 0;             ///< of this pass
  int passes_ = 0;
  bool finished_ = false;
  bool clean_ = false;
  std::optional<Error> error_;
};

template <class Row>
void PagedList<Row>::take(Result<ListPage<Row>> page) {
  if (finished_) return;
  ++taken_;
  if (!page) {
    error_ = page.error();
    finished_ = true;
    return;
  }
  ++pages_;
  if (pages_ > 1 && page->total != total_) doubt_ = true;
  total_ = page->total;
  pass_rows_ += page->rows;
  empty_page_ = empty_page_ || page->rows == 0;
  least_page_rows_ = taken_ == 1 ? page->rows : std::min(least_page_rows_, page->rows);
  for (auto& [key, row] : page->keyed) {
    const bool fresh = pass_.insert(key).second;
    brought_any_ = brought_any_ || fresh;
    doubt_ = doubt_ || !fresh;
    seen_.insert_or_assign(key, std::move(row));
  }
  if (taken_ == wanted_.size()) end_of_batch();
}

template <class Row>
void PagedList<Row>::ask(int first, int count) {
  wanted_.clear();
  taken_ = 0;
  for (int i = 0; i < count; ++i) wanted_.push_back(first + i);
}

template <class Row>
void PagedList<Row>::end_of_batch() {
  const auto rows = static_cast<std::int64_t>(pass_rows_);
  // A server that repeats itself has no more to say, whatever total it names.
  const bool repeats = !std::exchange(brought_any_, false);
  if (empty_page_ || repeats || (total_ && rows >= *total_) || pages_ >= kMaxPages) {
    return end_of_pass();
  }
  // A server may give smaller pages than it was asked for; without a total, one page at a time.
  std::int64_t pages = 1;
  if (total_) {
    const auto per_page = std::max<std::int64_t>(1, static_cast<std::int64_t>(least_page_rows_));
    pages = (*total_ - rows + per_page - 1) / per_page;
  }
  pages = std::min<std::int64_t>({pages, kPagesAtOnce, kMaxPages - pages_});
  ask(pages_ + 1, static_cast<int>(pages));
}

template <class Row>
void PagedList<Row>::end_of_pass() {
  ++passes_;
  // What one page holds came in one piece: there was no between.
  const auto rows = static_cast<std::int64_t>(pass_rows_);
  const bool complete = !total_ || rows == *total_ || (pages_ == 1 && rows > *total_);
  doubt_ = doubt_ || !complete;
  clean_ = !doubt_;
  if (clean_ || passes_ >= kPasses) {
    finished_ = true;
    if (!clean_ && seen_.empty() && pass_rows_ == 0) {
      error_ = Error{.kind = ErrorKind::kTransient,
                     .message = "the list says that there is something and shows nothing",
                     .code = {},
                     .request_id = {}};
    }
    return;
  }
  pass_.clear();
  pass_rows_ = 0;
  pages_ = 0;
  doubt_ = empty_page_ = false;
  total_.reset();
  ask(1, 1);
}

template <class Row>
std::vector<Row> PagedList<Row>::rows() && {
  std::vector<Row> out;
  if (clean_) {
    for (const std::string& key : pass_) {
      out.push_back(std::move(seen_.at(key)));
    }
  } else {
    for (auto& [key, row] : seen_) out.push_back(std::move(row));
  }
  return out;
}

}  // namespace penstock
