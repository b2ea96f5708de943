// SPDX-License-Identifier: MIT
#pragma once

#include "http/field_name.hpp"

namespace warder::gateway {

using http::begins_with_name;
using http::is_same_name;
using http::NameSet;
using http::plainly;

}  // namespace warder::gateway
