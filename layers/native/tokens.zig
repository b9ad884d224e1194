//! Tokens: the first 16 bytes of the HMAC-SHA256 of each text under one key.
//!
//! The hash and its keyed states are the standard library's. Both states are prepared once and
//! copied for each text, which halves the work of computing every HMAC from its key.

const std = @import("std");
const Texts = @import("texts.zig").Texts;
const Hmac = std.crypto.auth.hmac.sha2.HmacSha256;
const Sha256 = std.crypto.hash.sha2.Sha256;

pub const Token = [16]u8;

/// Write the token of each text to `out`; `inline`, to be compiled for its caller's processor.
pub inline fn write(texts: *const Texts, key: []const u8, out: [*]Token) void {
    const keyed = Hmac.init(key);
    var keyed_outside = Sha256.init(.{});
    keyed_outside.update(&keyed.o_key_pad);
    var digest: [Sha256.digest_length]u8 = undefined;
    for (0..texts.count) |row| {
        var inside = keyed.hash;
        inside.update(texts.at(row));
        inside.final(&digest);
        var outside = keyed_outside;
        outside.update(&digest);
        outside.final(&digest);
        out[row] = digest[0..@sizeOf(Token)].*;
    }
}
