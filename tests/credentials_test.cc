#include "daemon/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <type_traits>

#include "tests/testing/child.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using TempFolder = penstock::testing::TempFolder;

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

/// A file that everyone may read, whatever the umask of whoever runs this.
std::string write_open(const TempFolder& folder, const std::string& name, const std::string& text) {
  std::string path = folder.write(name, text, false);
  EXPECT_EQ(chmod(path.c_str(), 0644), 0);
  return path;
}

AccountConfig pair_in(const TempFolder& folder) {
  AccountConfig account;
  account.folder = folder.path();
  account.access_key_id_file = "id";
  account.access_key_password_file = "password";
  return account;
}

// A secret that could be copied or streamed would sooner or later be logged.
static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
template <class T>
concept Streams = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Streams<Secret> && Streams<std::string>);
static_assert(!std::is_convertible_v<Secret, std::string>);

TEST(Secret, MovesAndCompares) {
  Secret a("password-one");
  Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): what is left behind is the point
  EXPECT_EQ(b.expose(), "password-one");
  EXPECT_TRUE(b.same_as(Secret("password-one")));
  EXPECT_FALSE(b.same_as(Secret("password-two")));
  EXPECT_FALSE(b.same_as(Secret("password")));
  b = Secret("next");
  EXPECT_EQ(b.expose(), "next");
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, IsTakenOutOfTexts) {
  EXPECT_EQ(redacted("Bearer abcdef, abcdef!", Secret("abcdef")), "Bearer [secret], [secret]!");
  EXPECT_EQ(redacted("nothing here", Secret("abcdef")), "nothing here");
  EXPECT_EQ(redacted("an a in a text", Secret("a")), "an a in a text");
  EXPECT_EQ(redacted("text", Secret()), "text");
}

TEST(Secret, FilesAreRefusedForAReason) {
  const TempFolder folder;
  const auto failure = [](const std::string& path) {
    const Result<Secret> secret = read_secret_file(path);
    return secret ? std::string("none") : secret.error().message;
  };
  EXPECT_EQ(read_secret_file(folder.write("good", "  s3cret\n", true))->expose(), "s3cret");
  EXPECT_THAT(failure(folder.path() + "/absent"), HasSubstr("No such file"));
  EXPECT_THAT(failure(folder.path()), HasSubstr("not a regular file"));
  EXPECT_THAT(failure(write_open(folder, "open", "s3cret")), HasSubstr("chmod 600"));
  EXPECT_THAT(failure(folder.write("empty", " \n", true)), HasSubstr("is empty"));
  EXPECT_THAT(failure(folder.write("long", std::string(9000, 'x'), true)), HasSubstr("too long"));
  const std::string injected = failure(folder.write("two", "s3cret\r\nX-Evil: 1", true));
  EXPECT_THAT(injected, HasSubstr("one word"));
  EXPECT_THAT(injected, Not(HasSubstr("s3cret")));
  const std::string group = folder.write("group", "s3cret", true);
  ASSERT_EQ(chmod(group.c_str(), 0640), 0);
  EXPECT_EQ(failure(group), "none");  // a group of the operator's choice may read
}

TEST(Credentials, FilesComeFirst) {
  const TempFolder folder;
  (void)folder.write("id", "AKID-FILE\n", true);
  (void)folder.write("password", "pw-file\n", true);
  const Environment environment = variables({{"ZENLAYERCLOUD_ACCESS_KEY_ID", "AKID-ENV"},
                                             {"ZENLAYERCLOUD_ACCESS_KEY_PASSWORD", "pw-env"},
                                             {"ZENLAYER_TOKEN", "token-env"}});
  const Result<Credentials> files = load_credentials(pair_in(folder), environment);
  ASSERT_TRUE(files);
  EXPECT_EQ(files->access_key_id().expose(), "AKID-FILE");
  EXPECT_EQ(files->access_key_password().expose(), "pw-file");
  EXPECT_FALSE(files->bearer());

  const Result<Credentials> none = load_credentials(AccountConfig{}, environment);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->access_key_id().expose(), "AKID-ENV");

  AccountConfig token;
  token.folder = folder.path();
  token.token_file = folder.write("token", "token-file", true);
  const Result<Credentials> bearer = load_credentials(token, environment);
  ASSERT_TRUE(bearer);
  EXPECT_TRUE(bearer->bearer());
  EXPECT_EQ(bearer->token().expose(), "token-file");
}

TEST(Credentials, TheCredentialsDirectoryWinsOverTheConfigurationsFolder) {
  const TempFolder folder, directory;
  for (const TempFolder* place : {&folder, &directory}) {
    (void)place->write("password", "pw", true);
    (void)place->write("id", place == &folder ? "AKID-FOLDER" : "AKID-DIRECTORY", true);
  }
  const auto id = [&](const Environment& environment) {
    const Result<Credentials> loaded = load_credentials(pair_in(folder), environment);
    return loaded ? std::string(loaded->access_key_id().expose()) : loaded.error().message;
  };
  EXPECT_EQ(id(variables({{"CREDENTIALS_DIRECTORY", directory.path()}})), "AKID-DIRECTORY");
  EXPECT_EQ(id(variables({{"CREDENTIALS_DIRECTORY", "/nonexistent"}})), "AKID-FOLDER");
  EXPECT_EQ(id(variables({})), "AKID-FOLDER");
}

/// The package keeps secrets in /etc/penstock/credentials, which systemd's LoadCredential= reads; a
/// command run by root finds them there as well.
TEST(Credentials, TheFolderOfThePackageComesLast) {
  const TempFolder config, loaded;
  const auto unset = variables({});
  const auto with_systemd = variables({{"CREDENTIALS_DIRECTORY", loaded.path()}});
  const std::string beside = config.path() + "/id";
  EXPECT_EQ(secret_path("id", config.path(), unset), beside) << "there is none: said of this one";
  const std::string packaged = config.write("credentials/id", "packaged", true);
  EXPECT_EQ(secret_path("id", config.path(), unset), packaged);
  EXPECT_EQ(secret_path("id", config.path(), with_systemd), packaged)
      << "systemd was not told of this one";
  config.write("id", "beside", true);
  EXPECT_EQ(secret_path("id", config.path(), unset), beside);
  const std::string given = loaded.write("id", "loaded", true);
  EXPECT_EQ(secret_path("id", config.path(), with_systemd), given);
  EXPECT_EQ(secret_path("/absolute/id", config.path(), with_systemd), "/absolute/id");
}

TEST(Credentials, AnUnusableFileIsAnErrorAndNeverAFallback) {
  const TempFolder folder;
  (void)folder.write("id", "AKID-FILE", true);
  (void)write_open(folder, "password", "pw-file");
  const Environment environment = variables({{"ZENLAYER_TOKEN", "token-env"}});
  const Result<Credentials> loaded = load_credentials(pair_in(folder), environment);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(loaded.error().message, HasSubstr("chmod 600"));
  EXPECT_THAT(loaded.error().message, Not(HasSubstr("pw-file")));
}

TEST(Credentials, NothingAnywhereSaysWhatToDo) {
  const TempFolder folder;
  const Result<Credentials> files = load_credentials(pair_in(folder), variables({}));
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().message, HasSubstr(folder.path() + "/id"));
  const Result<Credentials> nothing = load_credentials(AccountConfig{}, variables({}));
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message, HasSubstr("ZENLAYERCLOUD_ACCESS_KEY_ID"));
  const Environment half = variables(
      {{"ZENLAYERCLOUD_ACCESS_KEY_ID", "AKID"}, {"ZENLAYERCLOUD_ACCESS_KEY_PASSWORD", ""}});
  EXPECT_FALSE(load_credentials(AccountConfig{}, half));
}

}  // namespace
}  // namespace penstock
