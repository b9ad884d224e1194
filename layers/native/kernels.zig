//! What `tidemill_native` calls. Nothing here allocates, keeps state or can fail.

const std = @import("std");
const builtin = @import("builtin");
const processor = @import("processor.zig");
const tokens = @import("tokens.zig");
const Texts = @import("texts.zig").Texts;

extern fn hmac_tokens_accelerated(*const Texts, [*]const u8, usize, [*]tokens.Token) void;

/// The first 16 bytes of the HMAC-SHA256 of each text.
export fn hmac_tokens(
    texts: *const Texts,
    key: [*]const u8,
    key_size: usize,
    out: [*]tokens.Token,
) void {
    if (builtin.cpu.arch == .x86_64 and processor.hasAvx2AndSha()) {
        return hmac_tokens_accelerated(texts, key, key_size, out);
    }
    hmac_tokens_baseline(texts, key, key_size, out);
}

/// The same, without asking what the processor can do.
export fn hmac_tokens_baseline(
    texts: *const Texts,
    key: [*]const u8,
    key_size: usize,
    out: [*]tokens.Token,
) void {
    tokens.write(texts, key[0..key_size], out);
}

/// The XXH3 of each text, 64 bits, seeded.
export fn hash_texts(texts: *const Texts, seed: u64, out: [*]u64) void {
    for (0..texts.count) |row| out[row] = std.hash.XxHash3.hash(seed, texts.at(row));
}
