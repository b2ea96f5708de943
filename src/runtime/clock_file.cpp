// SPDX-License-Identifier: MIT
#include "runtime/clock_file.hpp"

#include "core/json.hpp"
#include "files/file_draft.hpp"
#include "files/posix_file.hpp"
#include "store/common/stored_time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <fcntl.h>
#include <string>
#include <string_view>

namespace warder::runtime {
namespace {

constexpr std::size_t kLargestClockFile = 4096;

std::optional<std::int64_t> seconds_in(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || !value->is_int64() || !store::is_stored_time(value->get_int64())) return std::nullopt;
    return value->get_int64();
}

std::string text_of(authority::ClockRecord const& record) {
    return std::string{R"({"confirmed":)"}
        .append(std::to_string(record.confirmed.time_since_epoch().count()))
        .append(R"(,"pending":)")
        .append(std::to_string(record.pending.time_since_epoch().count()))
        .append(R"(,"agreed":)")
        .append(std::to_string(record.agreed.count()))
        .append("}\n");
}

}  // namespace

std::optional<authority::ClockRecord> load_clock_record(std::filesystem::path const& path) {
    files::File const file{path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK};
    if (file.error() != 0) return std::nullopt;
    std::string text(kLargestClockFile, '\0');
    if (files::read_all(file.get(), text) != 0) return std::nullopt;
    auto const value = core::read_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    auto const& object = value->get_object();
    auto const confirmed = seconds_in(object, "confirmed");
    auto const pending = seconds_in(object, "pending");
    auto const agreed = seconds_in(object, "agreed");
    if (!confirmed || !pending || !agreed) return std::nullopt;
    return authority::ClockRecord{.confirmed = Instant{std::chrono::seconds{*confirmed}},
                                  .pending = Instant{std::chrono::seconds{*pending}},
                                  .agreed = std::chrono::seconds{*agreed}};
}

int save_clock_record(std::filesystem::path const& path, authority::ClockRecord const& record) { return files::replace_file(path, text_of(record)); }

}  // namespace warder::runtime
