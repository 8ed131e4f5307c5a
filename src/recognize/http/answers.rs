//! Texts of an answer's body that decide what a call needs: those that the operation's rules look at (`answer
//! 'Parameter.Type'`), and ARNs that IAM tells, which have the path that requests do not. Nothing else of the body is copied.

use super::plans;
use super::scan::xml;
use super::take::{Found, Reads, Then};
use super::telling::Telling;
use crate::call::Answered;
use crate::catalog::Operation;
use crate::catalog::answer::{ITEMS, is_wrapper};

/// Texts that are kept.
const MOST: usize = 200;
/// Their length.
const LONGEST: usize = 512;
/// How deep containers are followed.
const DEEPEST: usize = 12;

/// Reads an answer.
#[derive(Debug)]
pub(super) struct Reader {
    wanted: &'static Telling,
    /// The names of the containers that were entered, with the number of each.
    around: Vec<(String, usize)>,
    /// The name of the next value.
    next: String,
    /// Containers so far.
    containers: usize,
    found: Vec<Answered>,
}

impl Reader {
    /// What reads the operation's answer, if something in it is wanted.
    pub(super) fn of(operation: Operation) -> Option<Reader> {
        let wanted = plans::telling(operation);
        (!wanted.paths.is_empty()).then(|| Reader {
            wanted,
            around: Vec::new(),
            next: String::new(),
            containers: 0,
            found: Vec::new(),
        })
    }

    /// What was found: texts that decide, and texts that tell what was made.
    pub(super) fn finish(self) -> (Vec<Answered>, Vec<Answered>) {
        let Reader { wanted: Telling { paths, deciding }, found, .. } = self;
        let decides = |it: &&Answered| {
            paths[..*deciding].iter().any(|wanted| match wanted.strip_prefix('.') {
                Some(name) => it.path.rsplit('.').next() == Some(name),
                None => *wanted == it.path,
            })
        };
        (found.iter().filter(decides).cloned().collect(), found)
    }

    /// The path of the next value, without what XML wraps an answer and its lists in.
    fn path(&self) -> String {
        let names = self.around.iter().map(|(name, _)| name.as_str()).chain([self.next.as_str()]);
        let path = names.filter(|name| !is_wrapper(name)).collect::<Vec<_>>().join(".");
        if is_wrapper(&self.next) { path + ITEMS } else { path }
    }

    fn is_wanted(&self) -> bool {
        let is_it = |wanted: &String| match wanted.strip_prefix('.') {
            Some(name) => name == self.next,
            None => {
                let last = wanted.rsplit('.').next().unwrap_or(wanted);
                let is_last = match last.strip_suffix(ITEMS) {
                    Some(list) => {
                        is_wrapper(&self.next) && self.around.last().is_some_and(|it| it.0 == list)
                    }
                    None => last == self.next,
                };
                is_last && *wanted == self.path()
            }
        };
        self.found.len() < MOST && self.wanted.paths.iter().any(is_it)
    }

    fn enter(&mut self) -> Then {
        if self.around.len() >= DEEPEST {
            return Then::Skip;
        }
        self.containers += 1;
        self.around.push((std::mem::take(&mut self.next), self.containers));
        Then::Enter
    }

    fn take(&mut self, text: &str, cut: bool) {
        if cut || text.len() > LONGEST || text.chars().any(char::is_control) {
            return;
        }
        let within = self.around.last().map_or(0, |(_, number)| *number);
        self.found.push(Answered { path: self.path(), within, text: text.to_owned() });
    }
}

impl Reads for Reader {
    fn key(&mut self, key: &str) {
        key.clone_into(&mut self.next);
    }

    fn found(&mut self, found: Found) -> Then {
        match found {
            Found::Object | Found::List => self.enter(),
            Found::Text if self.is_wanted() => Then::Keep,
            Found::Text | Found::Literal => Then::Skip,
        }
    }

    fn text(&mut self, text: &str, cut: bool) {
        self.take(text, cut);
    }

    fn literal(&mut self, _value: serde_json::Value) {}

    fn end(&mut self) {
        self.around.pop();
        self.next.clear();
    }
}

impl xml::Elements for Reader {
    fn start(&mut self, name: &str) -> Then {
        name.clone_into(&mut self.next);
        if self.is_wanted() { Then::Keep } else { self.enter() }
    }

    fn text(&mut self, text: &str, cut: bool) {
        self.take(text, cut);
    }

    fn end(&mut self) {
        self.around.pop();
        self.next.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::json;
    use super::*;
    use crate::catalog::Catalog;

    fn reader(service: &str, operation: &str) -> Reader {
        let operation = Catalog::embedded().service(service).unwrap().operation(operation).unwrap();
        Reader::of(operation).unwrap()
    }

    fn shown(reader: Reader) -> Vec<(String, String)> {
        reader.finish().0.into_iter().map(|it| (it.path, it.text)).collect()
    }

    fn pair(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    #[test]
    fn what_rules_look_at_is_kept_and_the_secret_beside_it_is_not() {
        let body = br#"{"Parameter":{"ARN":"arn:aws:ssm:eu-west-1:111122223333:parameter/a","Name":"a","Type":"SecureString","Value":"hunter2","Version":1}}"#;
        for size in [1, 7, body.len()] {
            let (mut reader, mut scanner) = (reader("ssm", "GetParameter"), json::Scanner::new());
            for piece in body.chunks(size) {
                scanner.feed(piece, &mut reader);
                assert!(!format!("{reader:?}").contains("hunt"));
            }
            let found = shown(reader);
            assert!(found.contains(&pair("Parameter.Type", "SecureString")), "{found:?}");
            assert!(found.iter().all(|(_, text)| text != "hunter2"));
        }
    }

    #[test]
    fn lists_have_no_step_of_their_own() {
        let wanting = |path: &str| Reader {
            wanted: Box::leak(Box::new(Telling { paths: vec![path.to_owned()], deciding: 1 })),
            around: Vec::new(),
            next: String::new(),
            containers: 0,
            found: Vec::new(),
        };
        let xml = b"<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item><item><instanceId>i-2</instanceId>\
            </item></instancesSet><flowLogIdSet><item>fl-1</item><item>fl-2</item></flowLogIdSet></RunInstancesResponse>";
        let json =
            br#"{"instancesSet":[{"instanceId":"i-1"},{"instanceId":"i-2"}],"flowLogIdSet":["fl-1","fl-2"],"more":["x",["y"]]}"#;
        for (path, texts) in
            [("instancesSet.instanceId", ["i-1", "i-2"]), ("flowLogIdSet[]", ["fl-1", "fl-2"])]
        {
            let expected = texts.map(|text| pair(path, text));
            let (mut reader, mut scanner) = (wanting(path), xml::Scanner::new());
            scanner.feed(xml, &mut reader);
            assert_eq!(shown(reader), expected);
            let (mut reader, mut scanner) = (wanting(path), json::Scanner::new());
            scanner.feed(json, &mut reader);
            assert_eq!(shown(reader), expected);
        }
    }

    #[test]
    fn which_keys_encrypt_what_is_kept_and_no_answer_says_what_only_others_tell() {
        let body = br#"{"Parameters":[{"ARN":"arn:a","Name":"a","KeyId":"alias/aws/ssm"},{"KeyId":"alias/app","ARN":"arn:b"}]}"#;
        let (mut told, mut scanner) = (reader("ssm", "DescribeParameters"), json::Scanner::new());
        scanner.feed(body, &mut told);
        let (found, _) = told.finish();
        let shown: Vec<_> = found.iter().map(|it| (it.within, &*it.path, &*it.text)).collect();
        let within = found[0].within;
        let expected = [
            (within, "Parameters.ARN", "arn:a"),
            (within, "Parameters.KeyId", "alias/aws/ssm"),
            (within + 1, "Parameters.KeyId", "alias/app"),
            (within + 1, "Parameters.ARN", "arn:b"),
        ];
        assert_eq!(shown, expected);
        let body = br#"{"Parameter":{"ARN":"arn:a","Type":"String","EncryptionKey":"alias/app"}}"#;
        let (mut read, mut scanner) = (reader("ssm", "GetParameter"), json::Scanner::new());
        scanner.feed(body, &mut read);
        assert!(read.finish().0.iter().all(|it| it.path != "Parameter.EncryptionKey"));
    }

    #[test]
    fn iam_tells_arns_with_their_paths() {
        let body = b"<ListRolesResponse><ListRolesResult><Roles><member><Path>/a/</Path><Arn>arn:aws:iam::111122223333:role/a/x</Arn>\
            <AssumeRolePolicyDocument>secret</AssumeRolePolicyDocument></member><member><Arn>arn:aws:iam::111122223333:role/y</Arn></member>\
            </Roles></ListRolesResult></ListRolesResponse>";
        let (mut reader, mut scanner) = (reader("iam", "ListRoles"), xml::Scanner::new());
        scanner.feed(body, &mut reader);
        let expected = ["role/a/x", "role/y"]
            .map(|it| pair("Roles.Arn", &format!("arn:aws:iam::111122223333:{it}")));
        assert_eq!(shown(reader), expected);
    }
}
