//! The types of the resources in a CloudFormation template, read as it passes by: neither the template nor any other part
//! of it is kept, whose length is anybody's choice and whose texts are secrets often enough.
//!
//! There is no parser of YAML or JSON behind it: wherever a key `Type` has a value that has the form of a resource's type,
//! it counts (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html). Types of
//! parameters (`AWS::EC2::VPC::Id`) have another form.

use serde_json::Value;

/// So many different types are kept of one template.
const MOST: usize = 200;
/// Types are no longer (docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RegisterType.html).
const LONGEST: usize = 204;
const KEY: &[u8] = b"Type";

/// Reads a template in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Types {
    escape: Escape,
    before: u8,
    state: State,
    name: String,
    found: Vec<String>,
}

/// How far an escape of a form has come (`%3A`).
#[derive(Debug, Default)]
enum Escape {
    #[default]
    No,
    Begun,
    First(u8),
}

/// What was read last.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Anything,
    /// So many letters of the key.
    InKey(usize),
    /// The key, a quotation mark perhaps, and spaces.
    BehindKey,
    /// The key and its colon.
    BeforeValue,
    Value,
}

impl Types {
    /// Reads a piece of a form's value, with the form's escapes.
    pub(super) fn form(&mut self, piece: &[u8]) {
        for &byte in piece {
            match std::mem::take(&mut self.escape) {
                Escape::No if byte == b'%' => self.escape = Escape::Begun,
                Escape::No => self.byte(if byte == b'+' { b' ' } else { byte }),
                Escape::Begun => self.escape = Escape::First(byte),
                Escape::First(first) => match (digit(first), digit(byte)) {
                    (Some(high), Some(low)) => self.byte(16 * high + low),
                    _ => [b'%', first, byte].into_iter().for_each(|byte| self.byte(byte)),
                },
            }
        }
    }

    /// Reads a piece without escapes.
    pub(super) fn text(&mut self, piece: &str) {
        piece.bytes().for_each(|byte| self.byte(byte));
    }

    /// The types, in the order of first sight.
    pub(super) fn finish(mut self) -> Value {
        self.byte(b'\n');
        Value::Array(self.found.into_iter().map(Value::String).collect())
    }

    fn byte(&mut self, byte: u8) {
        let is_space = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let is_quote = matches!(byte, b'"' | b'\'');
        self.state = match self.state {
            State::InKey(count) if count < KEY.len() && byte == KEY[count] => {
                State::InKey(count + 1)
            }
            State::InKey(count) if count == KEY.len() && byte == b':' => State::BeforeValue,
            State::InKey(count) if count == KEY.len() && (is_space || is_quote) => State::BehindKey,
            State::BehindKey if is_space => State::BehindKey,
            State::BehindKey if byte == b':' => State::BeforeValue,
            State::BeforeValue if is_space || is_quote => State::BeforeValue,
            State::BeforeValue | State::Value if is_of_type(byte) && self.name.len() < LONGEST => {
                self.name.push(char::from(byte));
                State::Value
            }
            State::Value => {
                self.end(byte);
                self.begin(byte)
            }
            _ => self.begin(byte),
        };
        self.before = byte;
    }

    /// A key may begin here, behind what is no part of a word.
    fn begin(&self, byte: u8) -> State {
        let is_word = self.before.is_ascii_alphanumeric() || matches!(self.before, b'_' | b'-');
        if byte == KEY[0] && !is_word { State::InKey(1) } else { State::Anything }
    }

    /// A value is over, and this is what follows it.
    fn end(&mut self, next: u8) {
        let name = std::mem::take(&mut self.name);
        if !is_of_type(next)
            && self.found.len() < MOST
            && is_resource_type(&name)
            && !self.found.contains(&name)
        {
            self.found.push(name);
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn is_of_type(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'@' | b'-')
}

/// Whether a text has the form of a resource's type: three words, `MODULE` behind them perhaps, or `Custom` and a name
/// (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-customresource.html).
pub fn is_resource_type(name: &str) -> bool {
    let word = |part: &str| {
        (2..=64).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let parts: Vec<&str> = name.split("::").collect();
    match parts[..] {
        ["Custom", name] => {
            (1..=60).contains(&name.len())
                && name.bytes().all(|byte| is_of_type(byte) && byte != b':')
        }
        [owner, service, resource] | [owner, service, resource, "MODULE"] => {
            [owner, service, resource].into_iter().all(word)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(template: &str) -> Value {
        let mut types = Types::default();
        types.text(template);
        types.finish()
    }

    const YAML: &str = "Parameters:\n  Vpc:\n    Type: AWS::EC2::VPC::Id\n  Image:\n    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>\n\
        Resources:\n  A:\n    Type: AWS::S3::Bucket\n  B: {Type: 'AWS::SQS::Queue', Properties: {}}\n  C:\n    Type:   \"Custom::Thing-1\"\n\
        \x20   Properties:\n      InstanceType: AWS::Not::This\n      Type: A\n  D:\n    Type: AWS::S3::Bucket\n  M:\n    Type: My::Own::Part::MODULE";

    #[test]
    fn types_of_resources_are_found_and_nothing_else() {
        let found = serde_json::json!([
            "AWS::S3::Bucket",
            "AWS::SQS::Queue",
            "Custom::Thing-1",
            "My::Own::Part::MODULE"
        ]);
        assert_eq!(types(YAML), found);
        let json = r#"{"Resources":{"A":{"Type":"AWS::IAM::Role","Properties":{"Password":"Type: secret::is::x y"}},
            "B":{"Type" : "AWS::Lambda::Function"}}}"#;
        assert_eq!(types(json), serde_json::json!(["AWS::IAM::Role", "AWS::Lambda::Function"]));
        for nothing in
            ["", "Type", "Type:", "Type: AWS::S3", "Type: ::::", "Types: AWS::S3::Bucket"]
        {
            assert_eq!(types(nothing), serde_json::json!([]), "{nothing}");
        }
    }

    #[test]
    fn the_pieces_of_a_form_may_end_anywhere() {
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
        let encoded = utf8_percent_encode(YAML, NON_ALPHANUMERIC).to_string();
        for size in [1, 2, 3, 7, 1000] {
            let mut read = Types::default();
            encoded.as_bytes().chunks(size).for_each(|piece| read.form(piece));
            assert_eq!(read.finish(), types(YAML), "{size}");
        }
    }

    #[test]
    fn it_stays_small_whatever_comes() {
        let many: String =
            (0..100_000).map(|number| format!("Type: AWS::S3::B{number}x\n")).collect();
        assert_eq!(types(&many).as_array().map(Vec::len), Some(MOST));
        assert_eq!(types(&format!("Type: {}", "A".repeat(1 << 20))), serde_json::json!([]));
    }
}
