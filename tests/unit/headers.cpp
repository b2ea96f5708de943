// SPDX-License-Identifier: MIT
// Provides the source file that the precompiled headers of the unit tests need.
