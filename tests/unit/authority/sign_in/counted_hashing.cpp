// SPDX-License-Identifier: MIT
#include "authority/sign_in/counted_hashing.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <atomic>

namespace {

std::atomic<unsigned> argon2{0};
std::atomic<unsigned> pbkdf2{0};
std::atomic<bool> is_short{false};
std::atomic<unsigned long long> last_passes{0};
std::atomic<std::size_t> last_memory{0};

}  // namespace

namespace warder::tests {

HashingDone hashing_done() noexcept { return {.argon2 = argon2.load(), .pbkdf2 = pbkdf2.load()}; }
LastCost last_cost() noexcept { return {.passes = last_passes.load(), .memory = last_memory.load()}; }

MemoryIsShort::MemoryIsShort() noexcept { is_short = true; }
MemoryIsShort::~MemoryIsShort() { is_short = false; }

}  // namespace warder::tests

// The linker option `--wrap=f` redirects calls of `f` to `__wrap_f`, and calls of `__real_f` to `f`.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
decltype(PKCS5_PBKDF2_HMAC) __real_PKCS5_PBKDF2_HMAC;
decltype(crypto_pwhash_str_alg) __real_crypto_pwhash_str_alg;
decltype(crypto_pwhash) __real_crypto_pwhash;

int __wrap_PKCS5_PBKDF2_HMAC(char const* password, int length, unsigned char const* salt, int salt_length, int rounds, EVP_MD const* digest,
                             int key_length, unsigned char* key) {
    ++pbkdf2;
    if (is_short) return 0;
    return __real_PKCS5_PBKDF2_HMAC(password, length, salt, salt_length, rounds, digest, key_length, key);
}
int __wrap_crypto_pwhash_str_alg(char* out, char const* password, unsigned long long length, unsigned long long passes, std::size_t memory,
                                 int kind) {
    ++argon2;
    last_passes = passes;
    last_memory = memory;
    if (is_short) return -1;
    return __real_crypto_pwhash_str_alg(out, password, length, passes, memory, kind);
}
int __wrap_crypto_pwhash(unsigned char* out, unsigned long long out_length, char const* password, unsigned long long length,
                         unsigned char const* salt, unsigned long long passes, std::size_t memory, int kind) {
    ++argon2;
    if (is_short) return -1;
    return __real_crypto_pwhash(out, out_length, password, length, salt, passes, memory, kind);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
