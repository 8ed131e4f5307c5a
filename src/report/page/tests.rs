use super::*;

#[test]
fn what_is_put_in_ends_no_element() {
    let inert = inert(&serde_json::json!({"a": "</script><!--<script>\u{2028}"}).to_string());
    assert!(!inert.contains('<') && !inert.contains('\u{2028}'), "{inert}");
    let again: serde_json::Value = serde_json::from_str(&inert).unwrap();
    assert_eq!(again["a"], "</script><!--<script>\u{2028}");
    assert_eq!(escaped("<b>&amp;\u{202e}"), "&lt;b&gt;&amp;amp;\\u{202e}");
}
