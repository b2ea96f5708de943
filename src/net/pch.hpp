// SPDX-License-Identifier: MIT
// What is slow to parse, parsed once for the folder.
#include "net/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
