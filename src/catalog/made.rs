//! What a call makes: which texts of its answer name resources that AWS made by it.

use super::action::ResourceType;
use super::format::{BY_ARN, IN_REQUEST, PREFIXES};
use super::packed::{Reader, cell, count, from, section, string};
use super::service::Operation;

/// A text in the answer of an operation that names what the call made.
///
/// It names a resource that did not exist before, but for a text that the request has, too: where a name may be given and
/// may be left to AWS, only the request tells which it was.
#[derive(Clone, Copy)]
pub struct Makes {
    /// The names on the wire of the members on the way to the text, without what [`is_wrapper`] drops
    /// (`vpc.vpcId`, `tasks.taskArn`).
    ///
    /// [`is_wrapper`]: super::answer::is_wrapper
    pub path: &'static str,
    /// The prefix that the type belongs to (`ec2`).
    pub prefix: &'static str,
    /// What it made.
    pub resource_type: ResourceType,
    /// The variable of the type's ARN formats that AWS chose (`VpcId`); where the text is no ARN, it is the text, or what stands
    /// behind the last slash in it (`/hostedzone/Z3AADJGX6KTTL2`).
    pub variable: &'static str,
    /// Whether the text is an ARN. It may be one of another type: what is called by the same name in an answer
    /// is a load balancer for applications or one for networks.
    pub is_arn: bool,
    in_request: bool,
}

/// What an answer tells of a resource that stands in it beside its parent: when the parent is new, so is the resource.
#[derive(Clone, Copy)]
pub struct Tells {
    /// How the answer names the resource.
    pub child: Makes,
    /// How the parent is named. In an answer, the same structure holds both.
    pub parent: Makes,
}

impl Tells {
    /// Whether it is not the answer but the request that names the parent; the path is in the request's members then, as
    /// a rule has it.
    pub fn parent_is_in_request(&self) -> bool {
        self.parent.in_request
    }
}

impl Makes {
    /// Whether an ARN has a format of the type.
    pub fn is_arn_of_it(&self, arn: &str) -> bool {
        self.resource_type.arn_formats().any(|format| has_format(arn, format))
    }
}

/// Whether a text has what stands between a format's variables, in this order.
fn has_format(text: &str, format: &str) -> bool {
    let mut words = format.split("${").enumerate().map(|(index, piece)| match index {
        0 => piece,
        _ => piece.split_once('}').map_or(piece, |(_, word)| word),
    });
    let Some(mut rest) = words.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = "";
    for word in words {
        let Some(at) = rest.find(word) else { return false };
        rest = &rest[at + word.len()..];
        last = word;
    }
    // A format that ends in a variable goes on to the end.
    last.is_empty() || rest.is_empty() || text.ends_with(last)
}

impl Operation {
    /// What a call of it makes that AWS names; nothing for most operations.
    pub fn makes(self) -> impl ExactSizeIterator<Item = Makes> {
        let mut reader = self.made();
        (0..reader.varint()).map(move |_| name(&mut reader))
    }

    /// What its answer tells of resources that have a parent; nothing for most operations.
    pub fn tells(self) -> impl ExactSizeIterator<Item = Tells> {
        let mut reader = self.made();
        for _ in 0..reader.varint() {
            name(&mut reader);
        }
        (0..reader.varint())
            .map(move |_| Tells { child: name(&mut reader), parent: name(&mut reader) })
    }

    /// Its record in the table of what calls make; an empty one for most operations.
    fn made(self) -> Reader {
        let table = self.service().made();
        let (mut low, mut high) = (0, count(table));
        while low < high {
            let middle = low + (high - low) / 2;
            match cell(table, 2, middle, 0).cmp(&self.index()) {
                std::cmp::Ordering::Equal => {
                    return Reader::new(from(table, cell(table, 2, middle, 1)));
                }
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Reader::new(&[])
    }
}

fn name(reader: &mut Reader) -> Makes {
    let (path, prefix, kind) = (reader.string(), reader.varint(), reader.varint());
    let (variable, flags) = (reader.string(), reader.varint());
    Makes {
        path,
        prefix: string(cell(section(PREFIXES), 4, prefix, 0)),
        resource_type: ResourceType::at(prefix, kind),
        variable,
        is_arn: flags & BY_ARN as usize != 0,
        in_request: flags & IN_REQUEST as usize != 0,
    }
}
