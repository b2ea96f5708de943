// SPDX-License-Identifier: MIT
#include "store/users_json/users_json_store.hpp"

#include "crypto/password.hpp"
#include "files/posix_file.hpp"
#include "log/log.hpp"
#include "store/common/damaged_rows.hpp"
#include "store/common/report_limit.hpp"
#include "store/common/requests.hpp"
#include "store/common/store_threads.hpp"
#include "store/users_json/audit_file.hpp"
#include "store/users_json/document.hpp"
#include "store/users_json/transaction.hpp"
#include "store/users_json/users_file.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace warder::store {
namespace {

using authority::Change;
using authority::Error;
using authority::Result;

constexpr std::size_t kReportedAtOnce = 4096;

using Document = std::shared_ptr<UsersDocument const>;

/// What the file contains, and which version of the file that is.
struct Content {
    Document document;
    FileVersion version;
};

/// A file that is rewritten as a whole. The reader thread reads from memory.
class UsersJsonBackend final : public Backend {
  public:
    UsersJsonBackend(UsersJsonPath url, std::unique_ptr<FilePort> files, Content content, index::KeyRingHandle const* keys, log::Logger& log)
        : log_{&log},
          keys_{keys},
          files_{std::move(files)},
          file_{std::move(url.file), *files_},
          audit_{std::move(url.audit), *files_},
          content_{std::move(content)},
          published_{content_} {}

    Result<void> begin() override;
    Result<void> run(WriteRequest& request) override;
    Result<void> prepare_commit() override;
    Result<void> commit() override;
    void roll_back() override;
    Result<void> attach(authority::ChangeListener& listener) override;
    Result<void> refresh() override;
    Result<void> read(authority::Store::Query& query) override;
    [[nodiscard]] bool is_available() const noexcept override { return is_in_place_.load(std::memory_order_acquire); }
    [[nodiscard]] authority::StoreCapabilities capabilities() const noexcept override { return users_json_capabilities(); }

  private:
    Result<FileVersion> replace();
    Result<void> catch_up();
    bool are_files_in_place(Result<void> const& caught_up);
    void publish(Content content);
    void report_difference();
    void report(std::span<Change const> changes);
    Error report(FileError const& error);

    log::Logger* log_;
    index::KeyRingHandle const* keys_;
    std::unique_ptr<FilePort> files_;
    UsersFile file_;                             // for the writer thread only, like the members up to `reports_`
    AuditFile audit_;                            ///< The reader thread reads it too.
    std::unique_ptr<FilePort::Lock> lock_;       ///< Held during a transaction.
    std::shared_ptr<UsersDocument> draft_;       ///< The content after the current requests.
    std::vector<authority::AuditEvent> events_;  ///< Of the current requests.
    bool is_changed_ = false;                    ///< The current requests change the file.
    Content content_;                            ///< As it was last read or written.
    Document reported_;                          ///< What was reported to the listener; null if everything must be reported again.
    std::string text_;                           ///< A member to reuse its buffer.
    authority::ChangeListener* listener_ = nullptr;
    bool is_lost_ = false;                ///< The last attempt to read the file failed.
    std::optional<FileVersion> damaged_;  ///< The version of a damaged file that was already logged.
    ReportLimit reports_;
    std::atomic<bool> is_in_place_{true};
    std::mutex mutex_;   // guards the next member
    Content published_;  ///< The content that the reader thread reads.
};

void report_unused(log::Logger& log, DamagedRows const& unused) {
    if (unused.empty()) return;
    log.warning("store_damaged", {{"users", unused.users()},
                                  {"tokens", unused.tokens()},
                                  {"where", std::string_view{unused.locations()}},
                                  {"effect", "they can't be used and are left unchanged; 'warder check' shows details"}});
}

Result<void> UsersJsonBackend::refresh() {
    auto caught_up = catch_up();
    static_cast<void>(are_files_in_place(caught_up));
    return caught_up;
}

/// Acquires the lock and reads what others wrote.
Result<void> UsersJsonBackend::begin() {
    auto lock = file_.lock();
    if (!lock) return std::unexpected{report(lock.error())};
    lock_ = std::move(*lock);
    if (auto current = catch_up(); !are_files_in_place(current)) return current ? std::unexpected{Error::kStoreUnavailable} : current;
    draft_ = std::make_shared<UsersDocument>(*content_.document);
    events_.clear();
    return {};
}

Result<void> UsersJsonBackend::run(WriteRequest& request) {
    UsersJsonTransaction transaction{*draft_, keys_, audit_, content_.version};
    request.outcome = unless_out_of_memory(*log_, "writing", [&] { return request.work(transaction.ports()); });
    if (request.outcome && transaction.has_failed()) request.outcome = std::unexpected{Error::kStoreUnavailable};
    if (!request.outcome) return {};
    events_.insert(events_.end(), transaction.events().begin(), transaction.events().end());
    *draft_ = std::move(transaction).take();
    return {};
}

Result<void> UsersJsonBackend::prepare_commit() {
    is_changed_ = draft_->users != content_.document->users;
    text_.clear();
    if (is_changed_) write_users(text_, *draft_);
    // An event without its change is detected and removed; a change without its event could not be detected.
    if (auto const added = audit_.append(events_, content_.version, is_changed_); !added) return std::unexpected{report(added.error())};
    return {};
}

Result<void> UsersJsonBackend::commit() {
    auto const lock = std::move(lock_);
    Document const document = std::move(draft_);
    if (!is_changed_) return {};
    auto version = replace();
    if (!version) return std::unexpected{version.error()};
    publish({.document = document, .version = std::move(*version)});
    return {};
}

void UsersJsonBackend::roll_back() {
    audit_.forget();  // what was added to it may describe a change that did not happen
    draft_.reset();
    lock_.reset();
}

/// Replaces the file's content by `text_`.
Result<FileVersion> UsersJsonBackend::replace() {
    auto version = file_.replace(text_);
    if (version) return std::move(*version);
    // Usually the old content is still there, so the event of the change is removed. Otherwise the next writer settles
    // the audit log.
    if (auto const present = files_->version_at(file_.path()))
        if (auto const settled = audit_.settle(*present); !settled) report(settled.error());
    auto const error = report(version.error());
    // Decisions must agree with the current content of the file, whether or not the write took effect.
    static_cast<void>(catch_up());
    return std::unexpected{version.error().is_outcome_unknown ? Error::kStoreOutcomeUnknown : error};
}

/// Reads the file again if its version has changed. If it is damaged, the content read before stays in force.
Result<void> UsersJsonBackend::catch_up() {
    auto const is_current = file_.is_current(content_.version);
    if (is_current && *is_current) {
        is_lost_ = false;
        report_difference();
        return {};
    }
    auto content = is_current ? file_.read() : std::unexpected{is_current.error()};
    // This runs every second, so the error is logged only once.
    if (!content) return std::unexpected{std::exchange(is_lost_, true) ? error_of(content.error()) : report(content.error())};
    is_lost_ = false;
    if (damaged_ == content->version) return std::unexpected{Error::kStoreUnavailable};
    auto document = read_users(content->text, *content_.document);
    if (!document) {
        metrics().count(metrics::StoreFailure::kDamaged);
        log_->error("store_unreadable", {{"where", std::string_view{document.error()}},
                                         {"effect", "the content read before stays in force; the damaged file is left unchanged"}});
        damaged_ = std::move(content->version);
        return std::unexpected{Error::kStoreUnavailable};
    }
    damaged_.reset();
    if (auto const unused = document->unused(); unused != content_.document->unused()) {
        if (!unused.empty()) metrics().count(metrics::StoreFailure::kDamaged);
        report_unused(*log_, unused);
    }
    publish({.document = std::make_shared<UsersDocument const>(std::move(*document)), .version = std::move(content->version)});
    return {};
}

void UsersJsonBackend::publish(Content content) {
    content_ = std::move(content);
    {
        std::scoped_lock const lock{mutex_};
        published_ = content_;
    }
    report_difference();
}

/// Reports the changes to the listener. If memory runs out, everything is reported the next time; otherwise removals
/// could be missed.
void UsersJsonBackend::report_difference() {
    if (listener_ == nullptr || reported_ == content_.document) return;
    if (auto const before = std::exchange(reported_, nullptr)) {
        report(difference(*before, *content_.document));
    } else {
        report(std::vector<Change>{authority::Reset{}});
        report(difference({}, *content_.document));
        report(std::vector<Change>{authority::ResetComplete{}});
    }
    reported_ = content_.document;
}

Result<void> UsersJsonBackend::attach(authority::ChangeListener& listener) {
    listener_ = &listener;
    report_difference();
    return {};
}

void UsersJsonBackend::report(std::span<Change const> changes) {
    for (; !changes.empty(); changes = changes.subspan(std::min(kReportedAtOnce, changes.size())))
        listener_->on_changes(changes.first(std::min(kReportedAtOnce, changes.size())));
}

Result<void> UsersJsonBackend::read(authority::Store::Query& query) {
    std::unique_lock lock{mutex_};
    UsersJsonTransaction snapshot{*published_.document, keys_, audit_, published_.version};
    lock.unlock();
    return query(snapshot.ports());
}

Error UsersJsonBackend::report(FileError const& error) {
    if (auto const held_back = reports_.admit(error.doing))
        log_->error("store_failed", {{"why", std::string_view{describe(error)}}, {"held_back", *held_back}});
    return error_of(error);
}

/// Checks the users' file and the audit log. Logs once if one of them is missing or damaged, and once when both are
/// back.
bool UsersJsonBackend::are_files_in_place(Result<void> const& caught_up) {
    auto const audit = audit_.check_presence();
    bool const is_in_place = caught_up.has_value() && audit.has_value();
    if (is_in_place_.exchange(is_in_place, std::memory_order_acq_rel) == is_in_place) return is_in_place;
    if (is_in_place) log_->info("store_back_in_place", {{"effect", "changes are accepted again"}});
    else
        log_->error("store_not_in_place",
                    {{"why", audit ? std::string_view{"users.json is missing or damaged"} : std::string_view{"the audit log was moved or deleted"}},
                     {"effect", "changes are refused until it is back or the server is restarted; decisions continue from memory"}});
    return is_in_place;
}

std::expected<Content, std::string> make_empty(UsersFile& file) {
    auto const lock = file.lock();
    if (!lock) return std::unexpected{describe(lock.error())};
    auto const there = file.read();
    if (there) return std::unexpected{"another process has just created it; try again"};
    if (there.error().number != ENOENT) return std::unexpected{describe(there.error())};
    auto version = file.create("[]");
    if (!version) return std::unexpected{describe(version.error())};
    return Content{.document = std::make_shared<UsersDocument const>(), .version = std::move(*version)};
}

/// Returns where a damaged file could be restored from, as the end of a sentence: the previous version, unless that
/// can't be read either.
std::string advise_about_backup(UsersFile& file, bool has_backup) {
    auto const backup = file.backup().string();
    if (!has_backup) return "; there is no " + backup + " to restore it from";
    auto const content = file.read_backup();
    auto const document = content ? read_users(content->text) : std::unexpected{describe(content.error())};
    if (document) return "; the previous version is " + backup;
    return "; the previous version, " + backup + ", can't be read either, so restore it from a backup of your own";
}

std::expected<Content, std::string> load(UsersFile& file, OpenMode mode) {
    std::error_code unclear;
    bool const has_backup = std::filesystem::exists(file.backup(), unclear);
    auto const backup = file.backup().string();
    auto content = file.read();
    if (!content && content.error().number == ENOENT) {
        if (has_backup)
            return std::unexpected{"not found, although its previous version, " + backup +
                                   ", exists; rename that file to the missing one, or move it away"};
        if (mode == OpenMode::kCreate) return make_empty(file);
        if (mode == OpenMode::kRequired) return std::unexpected{kStoreIsMissing};
        return std::unexpected{"no store found; 'warder serve' creates one"};
    }
    if (!content) return std::unexpected{describe(content.error())};
    auto document = read_users(content->text);
    if (!document) return std::unexpected{"damaged: " + document.error() + "; the file was left unchanged" + advise_about_backup(file, has_backup)};
    return Content{.document = std::make_shared<UsersDocument const>(std::move(*document)), .version = std::move(content->version)};
}

}  // namespace

/// Specter's format has no place for uses, sign-ins, ceilings and successors, and Specter accepts no other kind of hash and no user
/// without one.
authority::StoreCapabilities users_json_capabilities() noexcept {
    return {.keeps_uses = false,
            .keeps_sign_ins = false,
            .keeps_ceilings = false,
            .keeps_service_accounts = false,
            .keeps_overlaps = false,
            .keeps_token_texts = true,
            .writes_whole_content = true,
            .password_hash_kind = crypto::HashKind::kSpecterPbkdf2};
}

std::expected<std::unique_ptr<authority::Store>, OpenError> open_users_json(UsersJsonPath const& url, OpenMode mode, index::KeyRingHandle const* keys,
                                                                            log::Logger& log, std::unique_ptr<FilePort> files) {
    auto const& path = url.file;
    UsersFile file{path, *files};
    auto content = load(file, mode);
    if (!content) return std::unexpected{OpenError{"store " + path.string() + ": " + content.error()}};
    report_unused(log, content->document->unused());
    return std::make_unique<StoreThreads>(std::make_unique<UsersJsonBackend>(url, std::move(files), std::move(*content), keys, log), mode, log);
}

std::vector<std::string> find_users_json_problems(UsersJsonPath const& url, OpenMode mode) {
    auto const files = make_file_port();
    UsersFile file{url.file, *files};
    auto const error = [&](std::string const& what) { return "store " + url.file.string() + ": " + what; };
    // A check must not create the file.
    auto const content = load(file, mode == OpenMode::kCreate ? OpenMode::kExisting : mode);
    if (!content) return {error(content.error())};
    std::vector<std::string> problems;
    if (auto const unused = content->document->unused(); !unused.empty()) problems.push_back(error(describe(unused)));
    return problems;
}

bool is_written_by_us(std::filesystem::path const& users_json) {
    std::error_code unclear;
    return std::filesystem::exists(files::with_suffix(users_json, ".lock"), unclear) || unclear;
}

}  // namespace warder::store
