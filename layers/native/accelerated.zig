//! Compiled apart, for x86-64 processors with AVX2 and SHA instructions.

const Texts = @import("texts.zig").Texts;
const tokens = @import("tokens.zig");

export fn hmac_tokens_accelerated(
    texts: *const Texts,
    key: [*]const u8,
    key_size: usize,
    out: [*]tokens.Token,
) void {
    tokens.write(texts, key[0..key_size], out);
}
