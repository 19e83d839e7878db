//! The text form of predicates, parsed without recursion: `label = "cat" and not (score < 0.5 or note is null)`.

mod tokens;

use std::ops::Range;
use std::str::FromStr;

#[cfg(feature = "records")]
use atdata_schema::OwnedSchema;

use self::tokens::{Token, Tokens};
use super::error::TextError;
use super::literal::Literal;
use super::predicate::{Check, Node, Path, Predicate};
use super::types::{Fields, MAX_NAMES, Part, check};
use crate::error::Result;
#[cfg(feature = "records")]
use crate::sample::DictSample;
use crate::sample::Packable;

/// Parentheses and `not`s inside of each other.
const MAX_DEPTH: usize = 1000;

impl<S: Packable> Predicate<S> {
    /// Parses a predicate, and holds it against the type: that its fields are there, and what is asked can be asked of
    /// them. Of samples without a type, [`DictSample`](crate::DictSample), any field can be asked anything.
    ///
    /// ```
    /// use atdata::query::Predicate;
    /// use atdata::{DictSample, Packable};
    ///
    /// # #[derive(Packable)] struct Photo { label: String, confidence: f64, tags: Vec<String> }
    /// let cats: Predicate<Photo> = Predicate::parse("label in ('cat', 'kitten') and not tags contains 'blurred'")?;
    /// let error = Predicate::<Photo>::parse("confidence > 0.9 and lable = 'cat'").unwrap_err();
    /// assert_eq!(error.to_string(), "\
    /// the predicate, character 22: `Photo` has no field \"lable\"; did you mean \"label\"?
    ///   confidence > 0.9 and lable = 'cat'
    ///                        ^^^^^");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), which shows the place in the text; also for more than 1000
    /// parentheses and `not`s inside of each other.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self::of_nodes(Parser::new(text, Fields::Typed(S::SCHEMA)).predicate()?))
    }
}

#[cfg(feature = "records")]
impl Predicate<DictSample> {
    /// [`parse`](Self::parse), held against a schema that the samples are known to have: of a record, or
    /// [inferred](crate::Dataset::infer).
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub fn parse_for(text: &str, schema: &OwnedSchema) -> Result<Self> {
        Ok(Self::of_nodes(Parser::new(text, Fields::Owned(schema)).predicate()?))
    }
}

/// [`parse`](Predicate::parse).
impl<S: Packable> FromStr for Predicate<S> {
    type Err = crate::error::Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// What waits for the operand behind it.
enum Waiting {
    Not,
    And,
    Or,
    /// A parenthesis that was opened there.
    Open(Range<usize>),
}

impl Waiting {
    /// Who binds closer goes first.
    fn strength(&self) -> u8 {
        match self {
            Self::Open(_) => 0,
            Self::Or => 1,
            Self::And => 2,
            Self::Not => 3,
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Tokens<'t>,
    fields: Fields<'t>,
    nodes: Vec<Node>,
    waiting: Vec<Waiting>,
    /// Parentheses and `not`s among them.
    depth: usize,
}

/// What is asked, whether it is denied, and where it and its values are.
type Asking = (Check, bool, Range<usize>, Vec<Range<usize>>);

type Parsed<T> = std::result::Result<T, TextError>;

impl<'t> Parser<'t> {
    fn new(text: &'t str, fields: Fields<'t>) -> Self {
        Self { text, tokens: Tokens::new(text), fields, nodes: Vec::new(), waiting: Vec::new(), depth: 0 }
    }

    fn error(&self, place: Range<usize>, what: impl Into<String>) -> TextError {
        TextError::new(self.text, place, what)
    }

    fn predicate(mut self) -> Parsed<Vec<Node>> {
        loop {
            self.operand()?;
            // Behind an operand.
            loop {
                let (token, place) = self.tokens.next()?;
                match token {
                    Token::Close => self.close(place)?,
                    Token::End => return self.end(),
                    _ if token.is_word("and") => {
                        self.combine(Waiting::And);
                        break;
                    }
                    _ if token.is_word("or") => {
                        self.combine(Waiting::Or);
                        break;
                    }
                    _ => {
                        let what = format!("expected `and`, `or` or the end, found {token}");
                        return Err(self.error(place, what));
                    }
                }
            }
        }
    }

    /// A test, with what is before it.
    fn operand(&mut self) -> Parsed<()> {
        loop {
            let (token, place) = self.tokens.next()?;
            match token {
                Token::Open => self.wait(Waiting::Open(place.clone()), place)?,
                _ if token.is_word("not") => self.wait(Waiting::Not, place)?,
                _ => return self.test(token, place),
            }
        }
    }

    fn wait(&mut self, waiting: Waiting, place: Range<usize>) -> Parsed<()> {
        if self.depth >= MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} parentheses and `not`s inside of each other");
            return Err(self.error(place, what));
        }
        self.depth += 1;
        self.waiting.push(waiting);
        Ok(())
    }

    fn combine(&mut self, by: Waiting) {
        self.settle(by.strength());
        self.waiting.push(by);
    }

    /// Ends what binds at least so close.
    fn settle(&mut self, strength: u8) {
        while let Some(last) = self.waiting.pop_if(|last| last.strength() >= strength) {
            self.depth -= usize::from(matches!(last, Waiting::Not));
            self.nodes.push(match last {
                Waiting::Not => Node::Not,
                Waiting::And => Node::And,
                Waiting::Or | Waiting::Open(_) => Node::Or,
            });
        }
    }

    fn close(&mut self, place: Range<usize>) -> Parsed<()> {
        self.settle(1);
        match self.waiting.pop() {
            Some(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            None => Err(self.error(place, "no parenthesis is open here")),
        }
    }

    fn end(mut self) -> Parsed<Vec<Node>> {
        self.settle(1);
        match self.waiting.pop() {
            Some(Waiting::Open(place)) => Err(self.error(place, "this parenthesis is not closed")),
            _ => Ok(self.nodes),
        }
    }

    /// `label = "cat"`, of which the first token is given.
    fn test(&mut self, first: Token<'t>, place: Range<usize>) -> Parsed<()> {
        let (mut names, mut places) = (Vec::new(), Vec::new());
        let (mut token, mut at) = (first, place);
        loop {
            let Some(name) = token.name() else {
                let what = format!("expected a field, found {token}");
                return Err(self.error(at, what));
            };
            names.push(name);
            places.push(at.clone());
            if names.len() > MAX_NAMES {
                return Err(self.error(at, format!("more than {MAX_NAMES} names inside of each other")));
            }
            (token, at) = self.tokens.next()?;
            if !matches!(token, Token::Dot) {
                break;
            }
            (token, at) = self.tokens.next()?;
        }
        let path = Path(names.into());
        let (check, negated, operator, values) = self.check(&path, token, at)?;
        self.hold(&path, &check, &places, operator, &values)?;
        self.nodes.push(Node::Test(path, check));
        if negated {
            self.nodes.push(Node::Not);
        }
        Ok(())
    }

    /// What is behind the field, of which the first token is given.
    fn check(&mut self, path: &Path, token: Token<'t>, place: Range<usize>) -> Parsed<Asking> {
        if let Token::Op(op) = token {
            let (value, at) = self.value()?;
            return Ok((Check::Compare(op, value), false, place, vec![at]));
        }
        if token.is_word("is") {
            return self.is(place);
        }
        let negated = token.is_word("not");
        let (token, place) = if negated { self.tokens.next()? } else { (token, place) };
        if token.is_word("in") {
            let (values, places) = self.list()?;
            return Ok((Check::In(values.into()), negated, place, places));
        }
        if token.is_word("between") {
            let (low, first) = self.value()?;
            let (token, at) = self.tokens.next()?;
            if !token.is_word("and") {
                let what = format!("expected `and` and the other end, found {token}");
                return Err(self.error(at, what));
            }
            let (high, second) = self.value()?;
            return Ok((Check::Between(low, high), negated, place, vec![first, second]));
        }
        if token.is_word("contains") {
            let (value, at) = self.value()?;
            return Ok((Check::Contains(value), negated, place, vec![at]));
        }
        let what = if negated {
            format!("expected `in`, `between` or `contains` behind `not`, found {token}")
        } else {
            format!("expected what is asked of `{path}`, such as `= 1`, `in (1, 2)` or `is null`, found {token}")
        };
        Err(self.error(place, what))
    }

    /// `is not null`, behind the first word.
    fn is(&mut self, mut operator: Range<usize>) -> Parsed<Asking> {
        let (mut token, mut at) = self.tokens.next()?;
        let negated = token.is_word("not");
        if negated {
            (token, at) = self.tokens.next()?;
        }
        operator.end = at.end;
        let check = match () {
            () if token.is_word("null") => Check::Null,
            () if token.is_word("nan") => Check::Nan,
            () => return Err(self.error(at, format!("expected `null` or `nan` behind `is`, found {token}"))),
        };
        Ok((check, negated, operator, Vec::new()))
    }

    fn value(&mut self) -> Parsed<(Literal, Range<usize>)> {
        let (token, place) = self.tokens.next()?;
        match token {
            Token::Value(value) => Ok((value, place)),
            _ if token.is_word("true") => Ok((Literal::Bool(true), place)),
            _ if token.is_word("false") => Ok((Literal::Bool(false), place)),
            _ if token.is_word("nan") => Ok((Literal::Float(f64::NAN), place)),
            _ if token.is_word("inf") => Ok((Literal::Float(f64::INFINITY), place)),
            _ if token.is_word("null") => Err(self.error(place, "nothing is equal to null; ask `is null`")),
            Token::Word(_) => {
                let what = format!("expected a value, found {token}; text is written in quotes");
                Err(self.error(place, what))
            }
            _ => Err(self.error(place, format!("expected a value, found {token}"))),
        }
    }

    /// `(1, 2)`
    fn list(&mut self) -> Parsed<(Vec<Literal>, Vec<Range<usize>>)> {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        let (token, open) = self.tokens.next()?;
        if !matches!(token, Token::Open) {
            return Err(self.error(open, format!("expected a list, such as `(1, 2)`, found {token}")));
        }
        if self.tokens.skip_close() {
            return Ok((values, places));
        }
        loop {
            let (value, at) = self.value()?;
            values.push(value);
            places.push(at);
            let (token, at) = self.tokens.next()?;
            match token {
                Token::Comma => {}
                Token::Close => return Ok((values, places)),
                Token::End => return Err(self.error(open, "this list is not closed")),
                _ => return Err(self.error(at, format!("expected `,` or `)`, found {token}"))),
            }
        }
    }

    /// Holds a test against the type.
    fn hold(
        &self,
        path: &Path,
        asked: &Check,
        names: &[Range<usize>],
        operator: Range<usize>,
        values: &[Range<usize>],
    ) -> Parsed<()> {
        check(self.fields, path, asked).map_err(|(part, why)| {
            let place = match part {
                Part::Name(at) => names.get(at).cloned(),
                Part::Value(at) => values.get(at).cloned(),
                Part::Operator => None,
            };
            self.error(place.unwrap_or(operator), why)
        })
    }
}
