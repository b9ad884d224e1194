//! Texts as Arrow lays them out: one run of bytes, and where in it each text begins.

/// Text `row` is `data[offsets[row]..offsets[row + 1]]`; there are `count`, so one offset more.
pub const Texts = extern struct {
    offsets: [*]const i32,
    data: [*]const u8,
    count: usize,

    pub fn at(self: Texts, row: usize) []const u8 {
        const start: usize = @intCast(self.offsets[row]);
        const end: usize = @intCast(self.offsets[row + 1]);
        return self.data[start..end];
    }
};
