//! XML, as far as answers of AWS's have it: elements and their texts. Namespaces and attributes say nothing in them.

use roxmltree::{Document, Node, ParsingOptions};

/// No answer has as many elements.
const MOST: u32 = 2_000_000;
/// Nor are elements as deep in each other.
const DEEPEST: usize = 32;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without a prefix.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What is in it.
    pub children: Vec<Element>,
}

/// Why a text is no answer in XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not XML as AWS sends it: {0}")]
pub struct InvalidXml(String);

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// When it is not XML, has a document type, or is too large or too deep for any answer of AWS's.
    pub fn read(bytes: &[u8]) -> Result<Element, InvalidXml> {
        let invalid = |error: &dyn std::fmt::Display| InvalidXml(error.to_string());
        let text = std::str::from_utf8(bytes).map_err(|error| invalid(&error))?;
        let options = ParsingOptions { nodes_limit: MOST, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options).map_err(|it| invalid(&it))?;
        Element::of(document.root_element(), DEEPEST)
    }

    fn of(node: Node<'_, '_>, deeper: usize) -> Result<Element, InvalidXml> {
        let Some(deeper) = deeper.checked_sub(1) else {
            return Err(InvalidXml("its elements are too deep in each other".to_owned()));
        };
        let mut element = Element { name: node.tag_name().name().to_owned(), ..Element::default() };
        for child in node.children() {
            if child.is_element() {
                element.children.push(Element::of(child, deeper)?);
            } else if let Some(text) = child.text().filter(|_| child.is_text()) {
                element.text.push_str(text);
            }
        }
        Ok(element)
    }

    /// The first element of this name that is in it.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element of this name that is in it.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The members of a list that is in it.
    pub fn members(&self, list: &str) -> &[Element] {
        self.child(list).map_or(&[], |list| &list.children)
    }

    /// The first element of this name, however deep.
    pub fn find(&self, name: &str) -> Option<&Element> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_names() {
        let text = "<?xml version=\"1.0\"?><a:R xmlns:a='x'><L>\n<member><N>1 &amp; <![CDATA[<2>]]></N></member>\
                    <member/></L></a:R>";
        let read = Element::read(text.as_bytes()).unwrap();
        assert_eq!(read.name, "R");
        let members = read.members("L");
        assert_eq!(members.len(), 2);
        assert_eq!(members[0].text_of("N"), Some("1 & <2>"));
        assert_eq!(members[1].text_of("N"), None);
        assert_eq!(read.find("N").map(|it| it.text.as_str()), Some("1 & <2>"));
        assert!(read.members("M").is_empty());
    }

    #[test]
    fn what_a_stranger_sends_is_bounded() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert!(Element::read(deep.as_bytes()).is_err());
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        for bad in ["", "a", "<a>", "<a></b>", "\u{0}", bomb] {
            assert!(Element::read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Element::read(b"<a>\xff</a>").is_err());
    }
}
