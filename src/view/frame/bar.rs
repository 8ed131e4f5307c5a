//! The bar beside a list that is longer than its pane.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::widgets::StatefulWidget;
use ratatui_widgets::scrollbar::{Scrollbar, ScrollbarOrientation, ScrollbarState};

use super::text::Style;

/// Draws where in a list of `total` lines the `rows` from `top` on are; nothing where all of it is on the screen.
pub(super) fn scrollbar(buffer: &mut Buffer, area: Rect, top: usize, rows: usize, total: usize) {
    if total <= rows || area.is_empty() {
        return;
    }
    let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
        .begin_symbol(None)
        .end_symbol(None)
        .track_symbol(Some("│"))
        .track_style(Style::Faint.look())
        .thumb_symbol("█");
    let mut at = ScrollbarState::new(total - rows + 1).position(top).viewport_content_length(rows);
    bar.render(area, buffer, &mut at);
}
