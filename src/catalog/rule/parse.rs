//! From the text of a rule to what it says: a tokenizer, and a function for each line of the grammar.

use super::language::{
    Condition, Default, Function, ParseError, Rule, Source, Step, Target, Test, Value, Verdict,
    With,
};

type Definition<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Conditions in conditions: definitions and parentheses nest no deeper.
const DEEPEST: usize = 16;

impl Rule {
    /// Reads a rule. `$name` stands for the condition that `definition` gives for the name.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(
        text: &str,
        definition: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Rule, ParseError> {
        whole(text, definition, |parser| parser.rule())
    }
}

impl Condition {
    /// Reads a condition, as [`Rule::parse`] does.
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(
        text: &str,
        definition: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Condition, ParseError> {
        whole(text, definition, |parser| parser.condition())
    }
}

impl Value {
    /// Reads a value (`QueueUrl | last '/'`).
    ///
    /// # Errors
    /// What is not understood, and where.
    pub fn parse(text: &str) -> Result<Value, ParseError> {
        whole(text, &|_| None, |parser| parser.value())
    }
}

fn whole<T>(
    text: &str,
    definition: Definition<'_>,
    parse: impl Fn(&mut Parser<'_>) -> Result<T, String>,
) -> Result<T, ParseError> {
    let parsed = tokens(text).and_then(|tokens| {
        let mut parser = Parser { tokens, next: 0, definition, depth: 0 };
        let parsed = parse(&mut parser)?;
        match parser.peek() {
            None => Ok(parsed),
            Some(token) => Err(format!("{} is not expected there", token.shown())),
        }
    });
    parsed.map_err(|problem| ParseError { text: text.to_owned(), problem })
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word or a path: `when`, `Tags[].Key`.
    Word(String),
    /// `'text'`
    Text(String),
    /// `$name`
    Definition(String),
    /// One of `( ) | @ , != = *`
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Token::Word(word) => word.clone(),
            Token::Text(text) => format!("'{text}'"),
            Token::Definition(name) => format!("${name}"),
            Token::Sign(sign) => (*sign).to_owned(),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SIGNS: [&str; 8] = ["(", ")", "|", "@", ",", "!=", "=", "*"];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix('\'') {
            let (inner, after) = after.split_once('\'').ok_or("a quote is not closed")?;
            tokens.push(Token::Text(inner.to_owned()));
            rest = after;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let is_definition = first == '$';
            let word = if is_definition { &rest[1..] } else { rest };
            let in_word = |c: char| c.is_ascii_alphanumeric() || "_-.[]{}:".contains(c);
            let end = word.find(|c| !in_word(c)).unwrap_or(word.len());
            if end == 0 {
                return Err(format!("{first} is not understood"));
            }
            let name = word[..end].to_owned();
            tokens.push(if is_definition { Token::Definition(name) } else { Token::Word(name) });
            rest = &word[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    definition: Definition<'a>,
    depth: usize,
}

impl Parser<'_> {
    fn rule(&mut self) -> Result<Rule, String> {
        let verdict = match self.word()?.as_str() {
            "always" => Verdict::Always,
            "never" => Verdict::Never,
            "when" => Verdict::When(self.condition()?),
            "possible" => {
                let why = self.text("the reason, in quotes")?;
                let when = if self.takes_word("when") { Some(self.condition()?) } else { None };
                Verdict::Possible(why, when)
            }
            other => {
                return Err(format!("{other} is not one of always, never, when and possible"));
            }
        };
        let mut on = Vec::new();
        if self.takes_word("on") {
            on.push(self.target()?);
            while self.takes_sign(",") {
                on.push(self.target()?);
            }
        }
        let mut via = Vec::new();
        if self.takes_word("via") {
            via.push(self.word()?);
            while self.takes_word("or") {
                via.push(self.word()?);
            }
        }
        let with = if self.takes_word("with") { Some(self.with()?) } else { None };
        let likely = self.takes_word("likely");
        Ok(Rule { verdict, on, via, with, likely })
    }

    fn with(&mut self) -> Result<With, String> {
        let any = self.takes_word("any");
        let is_bool = self.takes_word("bool");
        let key = self.text("a condition key in single quotes")?;
        if !self.takes_sign("=") {
            return Err(format!("'{key}' must be followed by = and a value"));
        }
        Ok(With { key, any, is_bool, value: self.value()? })
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let mut any = vec![self.all()?];
        while self.takes_word("or") {
            any.push(self.all()?);
        }
        Ok(one_or(any, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.term()?];
        while self.takes_word("and") {
            all.push(self.term()?);
        }
        Ok(one_or(all, Condition::All))
    }

    fn term(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        let term = if self.depth > DEEPEST {
            Err("conditions are nested too deeply; a definition may refer to itself".to_owned())
        } else {
            self.term_within()
        };
        self.depth -= 1;
        term
    }

    fn term_within(&mut self) -> Result<Condition, String> {
        if self.takes_word("not") {
            return Ok(Condition::Not(Box::new(self.term()?)));
        }
        if self.takes_word("named") {
            return Ok(Condition::Named);
        }
        if self.takes_sign("(") {
            let inner = self.condition()?;
            return if self.takes_sign(")") { Ok(inner) } else { Err("a ) is missing".to_owned()) };
        }
        if let Some(Token::Definition(name)) = self.peek().cloned() {
            self.next += 1;
            let text = (self.definition)(&name).ok_or(format!("${name} is not defined"))?;
            let tokens = tokens(&text)?;
            let (definition, depth) = (self.definition, self.depth);
            let mut inner = Parser { tokens, next: 0, definition, depth };
            let condition = inner.condition()?;
            return match inner.peek() {
                None => Ok(condition),
                Some(token) => Err(format!("in ${name}, {} is not expected there", token.shown())),
            };
        }
        let value = self.value()?;
        if matches!(value.source, Source::Text(_)) {
            return Err("a condition cannot ask for a text".to_owned());
        }
        let test = self.test()?;
        Ok(match test {
            Some((test, true)) => Condition::Test(value, test),
            Some((test, false)) => Condition::Not(Box::new(Condition::Test(value, test))),
            None => Condition::Test(value, Test::Present),
        })
    }

    /// A test, and whether it is to pass.
    fn test(&mut self) -> Result<Option<(Test, bool)>, String> {
        const TEXT: &str = "a string in single quotes";
        if self.takes_sign("=") {
            return Ok(Some((Test::Equals(self.text(TEXT)?), true)));
        }
        if self.takes_sign("!=") {
            return Ok(Some((Test::Equals(self.text(TEXT)?), false)));
        }
        if self.takes_word("contains") {
            return Ok(Some((Test::Contains(self.text(TEXT)?), true)));
        }
        if self.takes_word("like") {
            return Ok(Some((Test::Like(self.text(TEXT)?), true)));
        }
        for (word, test) in
            [("starts", Test::StartsWith as fn(String) -> Test), ("ends", Test::EndsWith)]
        {
            if self.takes_word(word) {
                if !self.takes_word("with") {
                    return Err(format!("{word} must be followed by `with`"));
                }
                return Ok(Some((test(self.text(TEXT)?), true)));
            }
        }
        Ok(None)
    }

    fn value(&mut self) -> Result<Value, String> {
        const NAME: &str = "a name in single quotes";
        if let Some(Token::Text(text)) = self.peek().cloned() {
            self.next += 1;
            if text.is_empty() {
                return Err("a text must not be empty".to_owned());
            }
            return Ok(Value { source: Source::Text(text), functions: Vec::new() });
        }
        let source = match self.word()?.as_str() {
            "header" => Source::Header(self.text(NAME)?.to_ascii_lowercase()),
            "query" => Source::Query(self.text(NAME)?),
            "response" => Source::Response(self.text(NAME)?.to_ascii_lowercase()),
            "answer" => Source::Answer(self.text("names in single quotes")?),
            "status" => Source::Status,
            "error" => Source::Error,
            "authorization" => Source::Authorization,
            // `.status` is a member of that name.
            path => Source::Path(steps(path.strip_prefix('.').unwrap_or(path))?),
        };
        let mut functions = Vec::new();
        while self.takes_sign("|") {
            let function = self.function()?;
            if matches!(function, Function::Else(_)) {
                if !functions.is_empty() {
                    return Err("`else` must come before all other functions".to_owned());
                }
                if !matches!(source, Source::Path(_)) {
                    return Err("`else` can only follow a path of members".to_owned());
                }
            }
            functions.push(function);
        }
        Ok(Value { source, functions })
    }

    fn function(&mut self) -> Result<Function, String> {
        const TEXT: &str = "a string in single quotes";
        Ok(match self.word()?.as_str() {
            "first" => Function::First(self.text(TEXT)?),
            "before" => Function::Before(self.text(TEXT)?),
            "last" => Function::Last(self.text(TEXT)?),
            "after" => Function::After(self.text(TEXT)?),
            "strip" => Function::Strip(self.text(TEXT)?),
            "prepend" => Function::Prepend(self.text(TEXT)?),
            "append" => Function::Append(self.text(TEXT)?),
            "lower" => Function::Lower,
            "partiql" => Function::PartiQl,
            "only" => match self.test()? {
                Some((test, true)) => Function::Only(test),
                Some((test, false)) => return Err(format!("only takes no != ({test})")),
                None => return Err("`only` must be followed by a test".to_owned()),
            },
            "as" => Function::As(self.text(TEXT)?),
            "join" => {
                let separator = self.text(TEXT)?;
                let path = self.word()?;
                let source = Source::Path(steps(path.strip_prefix('.').unwrap_or(&path))?);
                Function::Join(separator, Box::new(Value { source, functions: Vec::new() }))
            }
            "else" if self.takes_sign("*") => Function::Else(Default::Any),
            "else" => Function::Else(Default::Text(self.text("a text in single quotes or *")?)),
            "s3" => Function::S3,
            other => return Err(format!("there is no function {other}")),
        })
    }

    fn target(&mut self) -> Result<Target, String> {
        if self.takes_sign("*") {
            return Ok(Target::Everything);
        }
        let name = match self.peek().cloned() {
            Some(Token::Word(word)) => word,
            Some(Token::Text(text)) => text,
            _ => return Err("`on` must be followed by a resource type, * or route".to_owned()),
        };
        let quoted = matches!(self.peek(), Some(Token::Text(_)));
        self.next += 1;
        if !quoted && name == "route" {
            return Ok(Target::Route);
        }
        if !quoted && name == "arns" {
            if !self.takes_sign("@") {
                return Err("`arns` must be followed by @ and where they are".to_owned());
            }
            return Ok(Target::Arns(self.value()?));
        }
        if quoted && name.starts_with("arn:") {
            let members = members(&name)?;
            return Ok(Target::Literal(name, members));
        }
        let anywhere = self.takes_word("anywhere");
        let value = if self.takes_sign("@") { Some(self.value()?) } else { None };
        let region = if self.takes_word("in") { Some(self.value()?) } else { None };
        if anywhere && region.is_some() {
            return Err("what is anywhere cannot be in one region".to_owned());
        }
        let account = if self.takes_word("of") { Some(self.value()?) } else { None };
        Ok(Target::Type { name, value, anywhere, region, account })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn word(&mut self) -> Result<String, String> {
        match self.peek().cloned() {
            Some(Token::Word(word)) => {
                self.next += 1;
                Ok(word)
            }
            Some(token) => Err(format!("{} is not expected there", token.shown())),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn text(&mut self, wanted: &str) -> Result<String, String> {
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.next += 1;
                Ok(text)
            }
            Some(token) => Err(format!("found {} instead of {wanted}", token.shown())),
            None => Err(format!("it ends before {wanted}")),
        }
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.takes(|token| matches!(token, Token::Word(it) if it == word))
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        self.takes(|token| matches!(token, Token::Sign(it) if *it == sign))
    }

    fn takes(&mut self, wanted: impl Fn(&Token) -> bool) -> bool {
        let takes = self.peek().is_some_and(wanted);
        self.next += usize::from(takes);
        takes
    }
}

/// The members whose values an ARN has: `${Stage}`. `${$}`, `${*}` and `${?}` are these characters themselves.
fn members(arn: &str) -> Result<Vec<(String, Value)>, String> {
    let mut members = Vec::new();
    for part in arn.split("${").skip(1) {
        let name = part.split_once('}').ok_or_else(|| format!("{arn}: a brace is not closed"))?.0;
        if !matches!(name, "Partition" | "Region" | "Account" | "$" | "*" | "?") {
            let value = Value { source: Source::Path(steps(name)?), functions: Vec::new() };
            members.push((name.to_owned(), value));
        }
    }
    Ok(members)
}

fn one_or(mut conditions: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => {
            conditions.extend(last);
            many(conditions)
        }
    }
}

/// `TransactItems[].Put.TableName`, `RequestItems{key}`
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let end = part.find(['[', '{']).unwrap_or(part.len());
        let (name, mut signs) = part.split_at(end);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
            return Err(format!("{path} is not a path of members"));
        }
        steps.push(Step::Member(name.to_owned()));
        while !signs.is_empty() {
            let (step, rest) = [("[]", Step::Items), ("{}", Step::Values), ("{key}", Step::Keys)]
                .into_iter()
                .find_map(|(sign, step)| Some((step, signs.strip_prefix(sign)?)))
                .ok_or_else(|| format!("{path}: {signs} is not one of [], {{}} and {{key}}"))?;
            steps.push(step);
            signs = rest;
        }
    }
    match steps.iter().position(|step| *step == Step::Keys) {
        Some(place) if place + 1 < steps.len() => {
            Err(format!("{path}: {{key}} can only end a path"))
        }
        _ => Ok(steps),
    }
}
