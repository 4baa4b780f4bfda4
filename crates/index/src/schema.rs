//! The engine's schema and its analysers. Fields that a query can name are described for people in [`crate::fields`].

use tantivy::{
    schema::{
        BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions,
    },
    tokenizer::{Token, TokenStream, Tokenizer, TokenizerManager},
};

use crate::words::Words;

/// Handles of all fields. Words are kept as they are, with positions, for phrases and exact matches; [`crate::inflections`] leads
/// from a word to its other forms.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    /// See [`crate::catalogue::DocumentKey::bytes`].
    pub(crate) id: Field,
    /// Id of the thread's first message.
    pub(crate) thread: Field,
    pub(crate) person: Field,
    /// What is left of a person's name when names change: digest of the author's own address.
    pub(crate) mailbox: Field,
    pub(crate) email: Field,
    pub(crate) domain: Field,
    pub(crate) list: Field,
    pub(crate) lang: Field,
    /// The author's name as it is shown, or as people said it should be.
    pub(crate) name: Field,
    /// Types of the parts.
    pub(crate) mime: Field,
    pub(crate) repair: Field,
    /// The run that brought it first.
    pub(crate) run: Field,
    /// Seconds; missing where unknown.
    pub(crate) date: Field,
    /// First eight bytes of the id: the second sort key.
    pub(crate) key: Field,
    /// Keys of what it answers.
    pub(crate) references: Field,
    /// `has:` and `is:` as bits, see [`crate::document::FLAGS`].
    pub(crate) flags: Field,
    /// Bytes of the raw message.
    pub(crate) size: Field,
    pub(crate) subject: Field,
    pub(crate) own: Field,
    pub(crate) quoted: Field,
    pub(crate) signature: Field,
    pub(crate) from: Field,
    pub(crate) to: Field,
    pub(crate) file: Field,
    /// Text of attached files.
    pub(crate) attached: Field,
    /// What was decided about the message, for display.
    pub(crate) head: Field,
    /// What was read of attached files, for display; see [`crate::attached`].
    pub(crate) extracts: Field,
    /// The bytes as they came.
    pub(crate) raw: Field,
}

/// Builds the schema.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let exact = || {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic),
        )
    };
    let column = || TextOptions::default().set_fast("raw");
    let words = || {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(WORDS)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        )
    };
    let number = || NumericOptions::from(FAST);
    let fields = Fields {
        id: builder.add_bytes_field("id", BytesOptions::default().set_indexed()),
        thread: builder.add_text_field("thread", column()),
        person: builder.add_text_field("person", column()),
        mailbox: builder.add_text_field("mailbox", exact()),
        email: builder.add_text_field("email", exact().set_fast("raw")),
        domain: builder.add_text_field("domain", exact()),
        list: builder.add_text_field("list", column()),
        lang: builder.add_text_field("lang", column()),
        name: builder.add_text_field("name", column()),
        mime: builder.add_text_field("mime", exact()),
        repair: builder.add_text_field("repair", exact()),
        run: builder.add_text_field("run", exact()),
        date: builder.add_i64_field("date", number()),
        key: builder.add_u64_field("key", number()),
        references: builder.add_u64_field("references", number()),
        flags: builder.add_u64_field("flags", number()),
        size: builder.add_u64_field("size", number()),
        subject: builder.add_text_field("subject", words()),
        own: builder.add_text_field("own", words()),
        quoted: builder.add_text_field("quoted", words()),
        signature: builder.add_text_field("signature", words()),
        from: builder.add_text_field("from", words()),
        to: builder.add_text_field("to", words()),
        file: builder.add_text_field("file", words()),
        attached: builder.add_text_field("attached", words()),
        head: builder.add_bytes_field("head", BytesOptions::from(STORED)),
        extracts: builder.add_bytes_field("extracts", BytesOptions::from(STORED)),
        raw: builder.add_bytes_field("raw", BytesOptions::from(STORED)),
    };
    (builder.build(), fields)
}

const WORDS: &str = "plenary_words";

/// The analyser that the schema names.
pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(WORDS, WordTokenizer::default());
    manager
}

/// Finds the words of a text.
#[derive(Clone, Default)]
struct WordTokenizer {
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        // The position before the first, so that the first word stands at 0.
        self.token.position = usize::MAX;
        Stream { text, words: Words::default(), token: &mut self.token }
    }
}

struct Stream<'a> {
    text: &'a str,
    words: Words,
    token: &'a mut Token,
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        // Offsets are not indexed; snippets read the words of the text again.
        let found = self.words.next(self.text, &mut self.token.text).is_some();
        self.token.position = self.token.position.wrapping_add(usize::from(found));
        found
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
