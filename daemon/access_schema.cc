#include "daemon/access_schema.h"

#include <algorithm>

#include "daemon/address_range.h"
#include "policies/schema.h"

namespace penstock {

template <>
struct Words<TokenScope> {
  static constexpr std::array<Word<TokenScope>, 3> kAll{{{TokenScope::kRead, "read"},
                                                         {TokenScope::kOperate, "operate"},
                                                         {TokenScope::kApprove, "approve"}}};
};

const Schema<ApiToken>& api_token_schema() {
  using T = ApiToken;
  static const Schema<T> kSchema = [] {
    Schema<T> schema("[[api_token]]");
    schema
        .key("name", &T::name, "whom records name when this token changed something", name_limits())
        .required()
        .key("file", &T::file, "file with the token; read anew for each use", text_limits())
        .required()
        .key("scopes", &T::scopes,
             "`read` where reading needs a token; `operate`: pause, resume, override, reload; "
             "`approve`: dear orders; none implies another")
        .required()
        .together([](const T& token, const TomlNode& table, Reading& reading) {
          if (token.scopes.empty() && table.find("scopes") != nullptr) {
            reading.clash(table, {"scopes"},
                          "is empty: the token would open nothing; choose from \"read\", "
                          "\"operate\", \"approve\"");
          }
          if (token.name == kPlainTokenName) {
            reading.clash(table, {"name"}, "is what the token of api_token_file is called");
          }
        });
    return schema;
  }();
  return kSchema;
}

Limits<std::string> address_range_limits() {
  return {"ADDRESS or ADDRESS/BITS", [](const std::string& text) {
            return parse_address_range(text)
                       ? std::string()
                       : "must be an address or a range of them, such as \"10.0.0.0/8\" or "
                         "\"2001:db8::/32\", without bits beyond the prefix";
          }};
}

void check_access(const Config& config, const TomlNode& table, Reading& reading) {
  for (std::size_t i = 0; i < config.api_tokens.size(); ++i) {
    const auto same = [&](const ApiToken& other) {
      return other.file == config.api_tokens[i].file && !other.file.empty();
    };
    const auto end = config.api_tokens.begin() + static_cast<std::ptrdiff_t>(i);
    const auto earlier = std::find_if(config.api_tokens.begin(), end, same);
    if (earlier == end) continue;
    const auto index = static_cast<std::size_t>(earlier - config.api_tokens.begin());
    reading.clash(table,
                  {"api_token[" + std::to_string(i) + "].file",
                   "api_token[" + std::to_string(index) + "].file"},
                  "is the file of another [[api_token]]: records could not tell the two apart");
  }
}

}  // namespace penstock
