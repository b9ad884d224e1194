//! A request's answer as JSON, and a line for each of its rows, as orjson would write them.

const std = @import("std");
const decimals = @import("decimals.zig");
const Bytes = @import("bytes.zig").Bytes;
const Reading = @import("instances.zig").Reading;
const Id = @import("ids.zig").Id;

/// How a model's answers look: of classes, each label and each member of the probabilities.
pub const Look = struct { labels: []const []const u8, members: []const []const u8 };

/// What one request adds: how the document and each line begin, how an id does that is made here,
/// up to which checksum rows are captured, how long lines that travel together may be.
pub const Frame = struct {
    opening: []const u8,
    line: []const u8,
    unique: []const u8,
    threshold: f64,
    parcel: usize,
};

pub const Answers = struct {
    document: Bytes = .{},
    lines: Bytes = .{},
    parcels: Bytes = .{}, // where each ends, as usize

    pub fn drop(self: *Answers) void {
        self.document.drop();
        self.lines.drop();
        self.parcels.drop();
    }

    /// Write all; Odd where an output is no number that JSON knows.
    pub fn write(self: *Answers, frame: *const Frame, look: *const Look, reading: *const Reading, outputs: []const f64, winners: []const u32) error{ Odd, OutOfMemory }!void {
        const width = @max(look.labels.len, 1);
        try self.document.append(frame.opening);
        for (0..reading.rows) |row| {
            const start = self.document.len;
            const id = try self.putAnswer(frame, look, reading, outputs[row * width ..][0..width], winners[row], row);
            if (id) |captured| try self.putLine(frame, reading, row, start, captured);
            try self.document.append(if (row + 1 < reading.rows) "," else "]}");
        }
        if (self.lines.len > self.lastParcel()) try self.closeParcel(self.lines.len);
    }

    /// Write one answer; where its id stands in the document, if it is to be captured.
    fn putAnswer(self: *Answers, frame: *const Frame, look: *const Look, reading: *const Reading, outputs: []const f64, winner: u32, row: usize) error{ Odd, OutOfMemory }!?[2]usize {
        const document = &self.document;
        try document.append("{\"id\":\"");
        const start = document.len;
        const checksum = try putId(document, frame, reading, row);
        const id = [2]usize{ start, document.len };
        try document.append("\",\"value\":");
        if (look.labels.len == 0) {
            try putNumber(document, outputs[0]);
        } else {
            try document.append(look.labels[winner]);
            try document.append(",\"probabilities\":");
            for (look.members, outputs, 0..) |member, output, k| {
                try document.append(if (k == 0) "{" else ",");
                try document.append(member);
                try putNumber(document, output);
            }
            try document.append("}");
        }
        try document.append("}");
        return if (@as(f64, @floatFromInt(checksum)) < frame.threshold) id else null;
    }

    fn putLine(self: *Answers, frame: *const Frame, reading: *const Reading, row: usize, start: usize, id: [2]usize) error{OutOfMemory}!void {
        const before = self.lines.len;
        const features = reading.features(row);
        const answer = self.document.slice(start + 1, self.document.len);
        try self.lines.reserve(frame.line.len + (id[1] - id[0]) + features.len + answer.len + 32);
        self.lines.put(frame.line);
        self.lines.put(self.document.slice(id[0], id[1]));
        self.lines.put("\",\"features\":{");
        self.lines.put(features);
        self.lines.put("},");
        self.lines.put(answer);
        self.lines.put("\n");
        const held = before - self.lastParcel();
        if (held > 0 and self.lines.len - self.lastParcel() > frame.parcel) try self.closeParcel(before);
    }

    fn closeParcel(self: *Answers, end: usize) error{OutOfMemory}!void {
        try self.parcels.append(std.mem.asBytes(&end));
    }

    fn lastParcel(self: *const Answers) usize {
        return if (self.parcels.len == 0) 0 else self.parcel(self.parcels.len / @sizeOf(usize) - 1);
    }

    /// Where a parcel ends.
    pub fn parcel(self: *const Answers, number: usize) usize {
        const size = @sizeOf(usize);
        return std.mem.bytesToValue(usize, self.parcels.slice(number * size, (number + 1) * size)[0..size]);
    }
};

fn putNumber(document: *Bytes, value: f64) error{ Odd, OutOfMemory }!void {
    if (!std.math.isFinite(value)) return error.Odd;
    try document.reserve(decimals.longest);
    document.len += decimals.write(value, document.start.?[document.len..][0..decimals.longest]);
}

/// Write a row's id; its checksum (CRC-32, as zlib's).
fn putId(document: *Bytes, frame: *const Frame, reading: *const Reading, row: usize) error{OutOfMemory}!u32 {
    const ids = reading.ids orelse {
        const start = document.len;
        var buffer: [20]u8 = undefined;
        try document.append(frame.unique);
        try document.append(decimals.spelt(row, &buffer));
        return std.hash.Crc32.hash(document.slice(start, document.len));
    };
    const id: Id = ids[row];
    if (id.plain) try document.append(id.text) else try putEscaped(document, id.text);
    return std.hash.Crc32.hash(id.text);
}

fn putEscaped(document: *Bytes, text: []const u8) error{OutOfMemory}!void {
    try document.reserve(6 * text.len);
    for (text) |byte| switch (byte) {
        '"' => document.put("\\\""),
        '\\' => document.put("\\\\"),
        8 => document.put("\\b"),
        '\t' => document.put("\\t"),
        '\n' => document.put("\\n"),
        12 => document.put("\\f"),
        '\r' => document.put("\\r"),
        0...7, 11, 14...31 => document.put(&[_]u8{ '\\', 'u', '0', '0', '0' + (byte >> 4), "0123456789abcdef"[byte & 15] }),
        else => document.put(&[_]u8{byte}),
    };
}
