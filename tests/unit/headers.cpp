// SPDX-License-Identifier: MIT
// Stands for the precompiled headers of the unit tests, which need a source to belong to.
