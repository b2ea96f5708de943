// SPDX-License-Identifier: MIT
// The public SDK and the reference server use the global `crypto`, which Node has since version 19. Preloaded, this sets it in older ones.
globalThis.crypto ??= require("node:crypto").webcrypto;
