// SPDX-License-Identifier: MIT
#include "app/config/preset_reader.hpp"

#include "app/config/suggestions.hpp"
#include "app/config/toml/toml_file.hpp"
#include "app/config/toml/toml_values.hpp"
#include "app/config/values.hpp"
#include "core/rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace warder::app {
namespace {

using authority::Preset;
using Kind = Key::Kind;

constexpr std::string_view kExampleList = R"(a list of grants like ["GET /v1/wallets/*"])";
constexpr std::size_t kMaxPresets = 1000;

/// Returns what is wrong with a name or description; empty if it is valid.
std::string_view find_text_problem(std::string_view text) {
    auto const valid = core::validate_description(text);
    if (valid) return text.front() == ' ' || text.back() == ' ' ? "it must not begin or end with a space" : std::string_view{};
    switch (valid.error()) {
        case core::TextError::kBlank:
            return "it must not be blank";
        case core::TextError::kTooLong:
            return "it may have at most 200 characters";
        default:
            return "it must not contain control characters";
    }
}

class PresetReader {
  public:
    /// @param file  the name of the file for messages.
    void read_tables(toml::array const& tables, std::string const& file);
    void read_file(std::filesystem::path const& file);
    void report(std::string_view position, std::string_view what) { read_.problems.push_back(std::string{position}.append(": ").append(what)); }
    [[nodiscard]] PresetsRead finish() { return std::move(read_); }

  private:
    /// A preset as it is being read. Its problems are reported in the order of their lines.
    using Problems = std::vector<std::pair<toml::source_index, std::string>>;

    void read(toml::table const& table);
    static void read_text(std::string& target, std::string const& name, toml::node const& node, Problems& problems);
    static void read_endpoints(Grants& target, toml::node const& node, Problems& problems);
    void note_name(Preset const& preset, toml::node const& node, Problems& problems);
    [[nodiscard]] std::string place_of(toml::source_index line) const { return file_ + ':' + std::to_string(line); }

    std::string file_;
    PresetsRead read_;
    std::map<std::string, std::string, std::less<>> places_;  ///< Where each name was used first.
};

void PresetReader::read_text(std::string& target, std::string const& name, toml::node const& node, Problems& problems) {
    auto const line = node.source().begin.line;
    auto const* const text = node.as_string();
    if (text == nullptr)
        return void(problems.emplace_back(line, "invalid type for " + name + ": found " + found_type(node, Kind::kText) + "; expected a text"));
    target = text->get();
    if (auto const wrong = find_text_problem(target); !wrong.empty())
        problems.emplace_back(line, "invalid value " + in_quotes(target) + " for " + name + ": " + std::string{wrong});
}

void PresetReader::read_endpoints(Grants& target, toml::node const& node, Problems& problems) {
    auto const line = node.source().begin.line;
    auto const* const list = node.as_array();
    if (list == nullptr)
        return void(problems.emplace_back(
            line, "invalid type for endpoints: found " + found_type(node, Kind::kTexts) + "; expected " + std::string{kExampleList}));
    if (list->empty())
        return void(problems.emplace_back(line, "endpoints is empty, so the preset would allow nothing; expected " + std::string{kExampleList}));
    std::vector<std::string> texts;
    for (auto const& item : *list) {
        if (auto const* const text = item.as_string(); text != nullptr) texts.push_back(text->get());
        else
            problems.emplace_back(item.source().begin.line, "invalid type for an entry of endpoints: found " + found_type(item, Kind::kText) +
                                                                "; expected " + std::string{kExampleList});
    }
    if (texts.size() < list->size()) return;
    auto grants = GrantList::parse(texts);
    if (grants) return void(target = std::move(*grants));
    auto const& error = grants.error();
    if (error.kind != GrantListError::Kind::kGrant)
        return void(problems.emplace_back(line, "endpoints is too long: expected at most " + std::to_string(kMaxGrants) + " grants with at most " +
                                                    std::to_string(kMaxGrantListText) + " bytes in all"));
    problems.emplace_back((*list)[error.index].source().begin.line, "invalid grant " + in_quotes(texts[error.index]) +
                                                                        " in endpoints: at character " + std::to_string(error.grant.offset + 1) +
                                                                        ", " + std::string{describe(error.grant)});
}

void PresetReader::note_name(Preset const& preset, toml::node const& node, Problems& problems) {
    auto const line = node.source().begin.line;
    auto const [first, is_new] = places_.emplace(preset.name, place_of(line));
    if (is_new) return;
    auto const& place = first->second;
    bool const is_same_file = place.starts_with(file_ + ':');
    problems.emplace_back(line, "name " + in_quotes(preset.name) + " is already used by the [[preset]] in " +
                                    (is_same_file ? "line " + place.substr(file_.size() + 1) : place) + "; every preset needs its own");
}

void PresetReader::read(toml::table const& table) {
    Preset preset;
    Problems problems;
    std::set<std::string_view> meant;  // What is missing only because it has another name is reported once.
    for (auto const& [name, node] : in_order_of_lines(table)) {
        if (name == "name") read_text(preset.name, name, *node, problems);
        else if (name == "description") read_text(preset.description, name, *node, problems);
        else if (name == "endpoints") read_endpoints(preset.endpoints, *node, problems);
        else {
            auto const unknown = unknown_preset_key(name);
            problems.emplace_back(node->source().begin.line, unknown.message);
            meant.insert(unknown.meant);
        }
    }
    for (auto const* const required : {"name", "endpoints"})
        if (!table.contains(required) && !meant.contains(required))
            problems.emplace_back(table.source().begin.line,
                                  std::string{"this [[preset]] has no "} + required + "; every preset needs a name and endpoints");
    if (auto const* const name = table.get("name"); name != nullptr && name->is_string()) note_name(preset, *name, problems);
    std::ranges::stable_sort(problems, {}, &Problems::value_type::first);
    for (auto const& [line, problem] : problems) report(place_of(line), problem);
    if (problems.empty()) read_.presets.push_back(std::move(preset));
}

void PresetReader::read_tables(toml::array const& tables, std::string const& file) {
    file_ = file;
    for (auto const& table : tables) {
        if (places_.size() == kMaxPresets) return report(place_of(table.source().begin.line), "too many presets; there may be at most 1000");
        read(*table.as_table());
    }
}

void PresetReader::read_file(std::filesystem::path const& file) {
    auto const table = read_toml_file(file);
    if (!table) return report(table.error().position, table.error().why);
    auto const name = quote(file.native());
    for (auto const& [key, node] : in_order_of_lines(*table)) {
        auto const position = name + ':' + std::to_string(node->source().begin.line);
        auto const* const list = node->as_array();
        if (key != kPreset) report(position, "unknown key " + in_quotes(key) + ": a file in presets_dir has only [[preset]] tables");
        else if (list == nullptr || !is_list_of_tables(*node)) report(position, write_tables(kPreset));
        else read_tables(*list, name);
    }
}

}  // namespace

PresetsRead read_presets(toml::array const& tables, std::string const& file) {
    PresetReader reader;
    reader.read_tables(tables, file);
    return reader.finish();
}

PresetsRead read_preset_directory(std::filesystem::path const& directory, bool is_required) {
    PresetReader reader;
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{directory, error}; !error && entry != std::filesystem::directory_iterator{};
         entry.increment(error)) {
        auto const name = entry->path().filename().string();
        if (name.ends_with(".toml") && !name.starts_with('.')) files.push_back(entry->path());
    }
    bool const is_missing = error == std::errc::no_such_file_or_directory;
    if (error && (is_required || !is_missing))
        reader.report("presets_dir", "can't read the directory " + in_quotes(directory.native()) + ": " + error.message());
    std::ranges::sort(files);
    for (auto const& file : files) reader.read_file(file);
    return reader.finish();
}

authority::Presets merge_presets(authority::Presets first, authority::Presets second) {
    std::set<std::string, std::less<>> names;
    for (auto const& preset : first) names.insert(preset.name);
    for (auto& preset : second)
        if (!names.contains(preset.name)) first.push_back(std::move(preset));
    return first;
}

std::filesystem::path installed_presets() {
    std::error_code error;
    auto const directory = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    if (!error && directory.filename() == "bin") return directory.parent_path() / "share/warder/presets";
    return kPackagedPresets;
}

std::optional<Kind> kind_of_preset_key(std::string_view name) {
    if (name == "name" || name == "description") return Kind::kText;
    return name == "endpoints" ? std::optional{Kind::kTexts} : std::nullopt;
}

}  // namespace warder::app
