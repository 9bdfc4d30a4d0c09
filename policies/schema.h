// Schema: which keys a table has, what they mean and where their values go. The loader, "did you
// mean", the reference tables of the manuals and every default in them come from this one place.
//
//   const Schema<Bounds>& bounds_schema() {
//     static const Schema<Bounds> kSchema = Schema<Bounds>("[policy.bounds]")
//         .key("min", &Bounds::min, "the cap never falls below it", between(Mbps{1}, kLargestCap))
//         .key("max", &Bounds::max, "nor rises above it", between(Mbps{1}, kLargestCap))
//         .together([](const Bounds& b, const TomlNode& table, Reading& reading) {
//           if (b.max && b.min > *b.max) reading.clash(table, {"min", "max"}, "is above max");
//         });
//     return kSchema;
//   }
//
// Defaults are those of the struct itself. Immutable once built; safe to share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "policies/reading.h"
#include "policies/values.h"

namespace penstock {

/// One row of a manual's table.
struct KeyDoc {
  std::string key;
  std::string type;      ///< with its range
  std::string fallback;  ///< the default, or "required"
  std::string effect;
};

struct SectionDoc {
  std::string name;  ///< as its header is written, such as "[policy.bounds]"
  std::vector<KeyDoc> keys;
};

/// A Markdown table of the section's keys, as the manuals carry it.
std::string markdown(const SectionDoc& section);

void report_unknown_key(const TomlMember& member, const std::vector<std::string_view>& known,
                        Reading& reading);
/// Whether `node` is a table; reports when it is not.
bool expect_table(const TomlNode& node, Reading& reading);
/// Whether `node` is a list of tables; reports when it is not.
bool expect_tables(const TomlNode& node, Reading& reading);

template <class S>
class Schema {
 public:
  using Read = std::function<void(const TomlNode&, S&, Reading&)>;
  using Together = std::function<void(const S&, const TomlNode&, Reading&)>;

  explicit Schema(std::string section) : section_(std::move(section)) {}

  /// A value of a type that values.h can read; a list's limits hold for each of its items.
  template <class V>
  Schema& key(std::string_view name, V S::* member, std::string_view effect,
              const Limits<ItemOf<V>>& limits = {}) {
    std::string type = Codec<V>::type();
    if (!limits.text.empty()) type += ", " + limits.text;
    return special(name, std::move(type), Codec<V>::show(S{}.*member), effect,
                   [member, limits](const TomlNode& node, S& out, Reading& reading) {
                     if (auto value = read_value<V>(node, reading, limits)) {
                       out.*member = *std::move(value);
                     }
                   });
  }

  /// A table of its own.
  template <class T>
  Schema& table(std::string_view name, T S::* member, const Schema<T>& schema,
                std::string_view effect) {
    return special(name, "table", "see below", effect,
                   [member, &schema](const TomlNode& node, S& out, Reading& reading) {
                     if (expect_table(node, reading)) schema.read(node, out.*member, reading);
                   });
  }

  /// A list of tables, [[name]].
  template <class T>
  Schema& tables(std::string_view name, std::vector<T> S::* member, const Schema<T>& schema,
                 std::string_view effect) {
    return special(name, "list of tables", "none", effect,
                   [member, &schema](const TomlNode& node, S& out, Reading& reading) {
                     if (!expect_tables(node, reading)) return;
                     for (std::size_t i = 0; i < node.items.size(); ++i) {
                       const Reading::Step step(reading, i);
                       schema.read(node.items[i], (out.*member).emplace_back(), reading);
                     }
                   });
  }

  /// All keys and checks of another schema, written beside our own and kept in `member`.
  template <class T>
  Schema& embed(T S::* member, const Schema<T>& schema) {
    for (const auto& field : schema.fields_) {
      fields_.push_back(
          {field.doc, field.required,
           [member, read = field.read](const TomlNode& node, S& out, Reading& reading) {
             read(node, out.*member, reading);
           }});
    }
    for (const auto& check : schema.checks_) {
      checks_.push_back([member, check](const S& value, const TomlNode& table, Reading& reading) {
        check(value.*member, table, reading);
      });
    }
    return *this;
  }

  /// A value that needs code of its own.
  Schema& special(std::string_view name, std::string type, std::string fallback,
                  std::string_view effect, Read read) {
    fields_.push_back(
        {KeyDoc{std::string(name), std::move(type), std::move(fallback), std::string(effect)},
         false, std::move(read)});
    return *this;
  }

  /// The key added last must be written.
  Schema& required() {
    fields_.back().required = true;
    fields_.back().doc.fallback = "required";
    return *this;
  }
  /// What the manual says of the default of the key added last, where the struct's own does not
  /// tell.
  Schema& otherwise(std::string fallback) {
    fields_.back().doc.fallback = std::move(fallback);
    return *this;
  }

  /// A condition over several keys, asked after all of them were read.
  Schema& together(Together check) {
    checks_.push_back(std::move(check));
    return *this;
  }

  void read(const TomlNode& table, S& out, Reading& reading) const {
    for (const TomlMember& member : table.members) {
      const Field* field = find(member.key);
      if (field == nullptr) {
        report_unknown_key(member, keys(), reading);
        continue;
      }
      const Reading::Step step(reading, member.key);
      field->read(member.value, out, reading);
    }
    for (const Field& field : fields_) {
      if (field.required && table.member(field.doc.key) == nullptr) {
        reading.missing(table, field.doc.key);
      }
    }
    for (const Together& check : checks_) check(out, table, reading);
  }

  SectionDoc document() const {
    SectionDoc section{section_, {}};
    for (const Field& field : fields_) section.keys.push_back(field.doc);
    return section;
  }

 private:
  template <class Other>
  friend class Schema;
  struct Field {
    KeyDoc doc;
    bool required = false;
    Read read;
  };

  const Field* find(std::string_view name) const {
    for (const Field& field : fields_) {
      if (field.doc.key == name) return &field;
    }
    return nullptr;
  }
  std::vector<std::string_view> keys() const {
    std::vector<std::string_view> names;
    names.reserve(fields_.size());
    for (const Field& field : fields_) names.emplace_back(field.doc.key);
    return names;
  }

  std::string section_;
  std::vector<Field> fields_;
  std::vector<Together> checks_;
};

}  // namespace penstock
