//! The language of a text, where it can be told.
//!
//! The script settles most languages that do not write Latin letters. The others are told apart by their function
//! words, each of which votes for the languages that know it; the fewer do, the more its vote weighs.

use std::sync::LazyLock;

/// A language shows itself in so many bytes, and reading on would cost time on every message.
const MAX_BYTES: usize = 2_000;

/// A vote is divided among the languages that know the word; 12 divides evenly among the usual numbers.
const VOTE: u32 = 12;

/// The language of `text` as an ISO 639-1 code; `None` where it is unsure.
pub fn detect(text: &str) -> Option<&'static str> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let mut seen = Seen::default();
    let mut word = Word::default();
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => {
                seen.latin += 1;
                word.push(c.to_ascii_lowercase());
            }
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                seen.latin += 1;
                seen.accent(c);
                c.to_lowercase().for_each(|c| word.push(c));
            }
            _ => {
                seen.word(&mut word, c);
                if !c.is_ascii() {
                    seen.script(c);
                }
            }
        }
    }
    seen.word(&mut word, ' ');
    seen.by_script().unwrap_or_else(|| seen.by_words())
}

/// Languages told by their words, with the commonest of them. Words longer than eight bytes are left out: see [`Word`].
const WORDS: &[(&str, &str)] = &[
    (
        "en",
        "the of and to in is it you that for was on are with as be this have from or not by but what all were when we there can an your which their if will do each about how up out them then these so some her would him into has more could did my been who now get than its our i he they at had she just any only also should",
    ),
    (
        "fr",
        "le la les de des du et est un une que qui dans pour pas sur au aux avec ce cette ces il elle nous vous je ne se son sa ses par plus mais ou où sont être avoir été fait comme tout tous votre vos notre nos leur si même aussi bien merci bonjour très peut faire c'est j'ai qu'il à on y en donc",
    ),
    (
        "es",
        "el la los las de del y que en un una por con para no se su sus es al lo como más pero le ya o este sí porque esta son entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni contra ese eso ante ellos e esto mí antes algunos qué unos yo otro está están gracias hola saludos",
    ),
    (
        "pt",
        "o a os as de do da dos das e que em no na nos nas um uma por com para não se ao é mais mas foi como são você eu ele ela isso esta este está também já muito há seu sua pelo pela ser tem ou quando só entre sobre depois sem mesmo aos ter seus nem obrigado olá às até isto",
    ),
    (
        "de",
        "der die das und ist nicht ein eine ich sie es mit den dem zu von für auf im des sich auch als an werden aus er hat dass daß bei nach wie wir aber wenn kann noch nur so zum zur oder über vor mir uns was war einen einem einer haben sind man hier mehr schon wird durch bitte danke hallo",
    ),
    (
        "it",
        "il lo la i gli le di del della dei delle e è che in un una per con non si da dal al alla sono ma come più anche se ci ho ha questo questa nel nella loro cui o io mi tutti essere dalla sul sulla quando molto già fatto solo grazie ciao perché così stato suo sua",
    ),
    (
        "nl",
        "de het een en van is dat niet te op in zijn voor met die er aan om ook als maar dan ik je wij we hij ze zou bij nog naar uit door over wat hebben heeft worden wordt kan deze dit geen was of mijn meer heb al groeten bedankt welke waar onze jullie",
    ),
    (
        "sv",
        "och att det som en på är av för med den till inte har de ett om jag men var sig så från vi kan när år han under också efter eller nu sin där vid mot ska skulle kommer ut får finns vara hade alla andra mycket än här då sedan över bara in blir upp även vad tack hej mig något",
    ),
    (
        "da",
        "og at det er en den til af på i de med for ikke der som et har jeg var om men vi sig kan fra så han eller efter ved skal blev være hvor også ud nu hvis når hun bliver meget skulle dig mig hvad noget alle kun tak hej vil hvordan mange",
    ),
    (
        "no",
        "og det er en den til av på i de med for ikke som et har jeg var om men vi seg kan fra så han eller etter ved skal ble være hvor også ut nå hvis når hun blir mye skulle deg meg hva noe alle bare takk hei vil hvordan mange ikkje eg frå",
    ),
    (
        "pl",
        "i w nie na się z do to że jest o jak po co tak ale od za przez przy dla są czy może być tylko jego już ich tego który która które także oraz jako mnie ma można bardzo sobie pod był była będzie bo też mam dzięki cześć więc",
    ),
    (
        "cs",
        "a se na je v že to s z do o i jak ale za by co pro tak po od jsem při až nebo které který která jen byl bylo jsou není jako ve ze být již než má také když aby pokud jsme může si už díky dobrý den což",
    ),
    (
        "fi",
        "ja on ei se että en ole oli mutta kun niin kuin hän tai ovat myös mitä tämä sen jos ne nyt vain sitä minä olen joka kanssa hyvin voi olla ettei mukaan vielä sekä jotka kiitos hei tässä pitää niitä siitä",
    ),
    (
        "hu",
        "a az és hogy nem is egy ez van de meg ha csak már azt volt mint vagy még el ki kell lehet volna sem én mert úgy minden majd itt nagyon köszönöm szia ezt most akkor pedig ami sok vagyok",
    ),
    (
        "tr",
        "bir ve bu için de da ile çok ne gibi daha olarak olan ama var mı ben o kadar en sonra değil ya ki her şey mi diye bunu olduğu önce yok göre şu böyle nasıl sen biz teşekkür merhaba veya içinde",
    ),
    (
        "id",
        "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada mereka lebih kata tahun sudah atau saat oleh menjadi orang ia telah adalah seperti sebagai bahwa dapat para harus namun kita dua satu terima kasih kami anda",
    ),
    (
        "ro",
        "și de la în a că nu cu pe este un o din care mai pentru se sau ce dar sunt fi au are lui prin fost după dacă acest această între când sa doar foarte am mulțumesc bună",
    ),
    (
        "ca",
        "el la els les de del i que en un una per amb no es és al com més però aquest aquesta són també ha dels ser molt quan tot sense fins entre ens hi va gràcies hola això seva perquè",
    ),
];

/// Letters that only few languages write, and which.
const ACCENTS: &[(&str, &[&str])] = &[
    ("ß", &["de"]),
    ("ñ¡¿", &["es"]),
    ("ãõ", &["pt"]),
    ("łąęśźż", &["pl"]),
    ("řěůť", &["cs"]),
    ("őű", &["hu"]),
    ("ığş", &["tr"]),
    ("șță", &["ro"]),
    ("œê", &["fr"]),
    ("øæ", &["da", "no"]),
];

/// One slot for every function word, found by its packed letters. A power of two, at most half full.
const SLOTS: usize = 4_096;

type Table = Vec<(u64, u32)>;

/// For every word the set of languages that know it, as bits in the order of [`WORDS`].
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = vec![(0, 0); SLOTS];
    for (language, (_, words)) in WORDS.iter().enumerate() {
        for known in words.split(' ') {
            let mut word = Word::default();
            known.chars().for_each(|c| word.push(c));
            if word.fits() {
                let slot = slot_of(&table, word.packed);
                table[slot] = (word.packed, table[slot].1 | 1 << language);
            }
        }
    }
    table
});

/// The slot that holds the word, or the empty one where it belongs.
fn slot_of(table: &Table, packed: u64) -> usize {
    // Fibonacci hashing: the high bits of the product are well mixed.
    let mut slot = (packed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize % SLOTS;
    while table[slot].0 != 0 && table[slot].0 != packed {
        slot = (slot + 1) % SLOTS;
    }
    slot
}

/// The letters of a word in one number: no text is copied to look it up. Eight bytes hold nearly every function word.
#[derive(Default)]
struct Word {
    packed: u64,
    bytes: usize,
}

impl Word {
    fn push(&mut self, c: char) {
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.packed = self.packed << 8 | u64::from(byte);
            self.bytes += 1;
        }
    }

    fn fits(&self) -> bool {
        (1..=8).contains(&self.bytes)
    }
}

/// What was counted in a text.
#[derive(Default)]
struct Seen {
    votes: [u32; WORDS.len()],
    words: u32,
    known: u32,
    latin: u32,
    han: u32,
    kana: u32,
    hangul: u32,
    cyrillic: u32,
    ukrainian: u32,
    russian: u32,
    bulgarian: u32,
    arabic: u32,
    persian: u32,
    hebrew: u32,
    greek: u32,
    thai: u32,
    devanagari: u32,
}

impl Seen {
    /// Ends a word at `next`, and lets it vote. Words of code, file names and addresses do not.
    fn word(&mut self, word: &mut Word, next: char) {
        if next == '\'' || next == '’' {
            // `c'est` and `j'ai` are listed with their apostrophe; `don't` is nobody else's.
            if word.bytes > 0 {
                word.push('\'');
            }
            return;
        }
        let word = std::mem::take(word);
        // A lone letter is a variable as often as a word of Czech or Portuguese.
        if word.bytes < 2 {
            return;
        }
        self.words += 1;
        if !word.fits() || matches!(next, '(' | '_' | '=' | '@' | '/' | '\\' | '[' | '{' | '<') {
            return;
        }
        let languages = TABLE[slot_of(&TABLE, word.packed)].1;
        if languages == 0 {
            return;
        }
        self.known += 1;
        let share = VOTE / languages.count_ones();
        for (language, votes) in self.votes.iter_mut().enumerate() {
            *votes += if languages >> language & 1 == 1 { share } else { 0 };
        }
    }

    /// A letter that few languages write is half a word's worth of evidence.
    fn accent(&mut self, c: char) {
        let Some((_, languages)) = ACCENTS.iter().find(|(letters, _)| letters.contains(c)) else { return };
        for (votes, (language, _)) in self.votes.iter_mut().zip(WORDS) {
            *votes += if languages.contains(language) { VOTE / 2 } else { 0 };
        }
    }

    fn script(&mut self, c: char) {
        match c {
            '\u{400}'..='\u{52f}' => {
                self.cyrillic += 1;
                match c {
                    'і' | 'ї' | 'є' | 'ґ' | 'І' | 'Ї' | 'Є' => self.ukrainian += 1,
                    'ы' | 'э' | 'ё' | 'Э' | 'Ё' => self.russian += 1,
                    'ъ' => self.bulgarian += 1,
                    _ => {}
                }
            }
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => self.greek += 1,
            '\u{590}'..='\u{5ff}' => self.hebrew += 1,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => {
                self.arabic += 1;
                self.persian += u32::from(matches!(c, 'پ' | 'چ' | 'ژ' | 'گ' | 'ی' | 'ک'));
            }
            '\u{900}'..='\u{97f}' => self.devanagari += 1,
            '\u{e00}'..='\u{e7f}' => self.thai += 1,
            '\u{3041}'..='\u{30ff}' => self.kana += 1,
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => self.han += 1,
            '\u{ac00}'..='\u{d7a3}' => self.hangul += 1,
            _ => {}
        }
    }

    /// The language that the script settles; `None` where the letters are mostly Latin.
    fn by_script(&self) -> Option<Option<&'static str>> {
        let cyrillic = match () {
            () if self.ukrainian > self.russian => "uk",
            () if self.bulgarian > 0 && self.russian == 0 && self.cyrillic > 40 => "bg",
            () => "ru",
        };
        let arabic = if self.persian * 20 > self.arabic { "fa" } else { "ar" };
        let east = if self.kana * 10 > self.han { "ja" } else { "zh" };
        // A Chinese sign is a word, where a Latin letter is a fifth of one; names and commands in English do not outvote it.
        let scripts = [
            (3 * (self.han + self.kana), east),
            (3 * self.hangul, "ko"),
            (self.cyrillic, cyrillic),
            (self.arabic, arabic),
            (self.hebrew, "he"),
            (self.greek, "el"),
            (2 * self.thai, "th"),
            (self.devanagari, "hi"),
        ];
        let (weight, language) = scripts.into_iter().max_by_key(|(weight, _)| *weight)?;
        (weight * 2 > self.latin && weight > 0).then_some((weight >= 6).then_some(language))
    }

    fn by_words(&self) -> Option<&'static str> {
        let (best, votes) = self.votes.iter().enumerate().max_by_key(|(_, votes)| **votes)?;
        let second = self
            .votes
            .iter()
            .enumerate()
            .filter(|(language, _)| *language != best)
            .map(|(_, votes)| *votes)
            .max()
            .unwrap_or(0);
        // Prose is a third function words; a text with fewer than one in eight is code, a list of names, or another language.
        let prose = self.known >= 2 && self.known * 8 >= self.words;
        (prose && votes >= &(VOTE + VOTE / 2) && votes * 2 >= second * 3).then_some(WORDS[best].0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(detect(text), expected, "{text}");
    }

    #[test]
    fn one_sentence_is_enough() {
        check("I think we should wait for the next release before this is merged.", Some("en"));
        check("Je pense que nous devons attendre la prochaine version avec ces corrections.", Some("fr"));
        check("Creo que hay que esperar a la próxima versión porque todavía no está lista.", Some("es"));
        check("Acho que não podemos esperar, mas também há uma versão com isso.", Some("pt"));
        check("Ich denke, wir sollten auf die nächste Version warten, wenn das nicht geht.", Some("de"));
        check("Penso che non sia il caso di aspettare la prossima versione, anche se è pronta.", Some("it"));
        check("Ik denk dat het niet nodig is om op een nieuwe versie te wachten.", Some("nl"));
        check("Jag tror inte att det är något som vi kan vänta på, men det är också bra.", Some("sv"));
        check("Jeg tror ikke, at vi skal vente på noget af det, hvad siger du efter mødet?", Some("da"));
        check("Jeg tror ikke vi skal vente på noe av det, hva sier du etter møtet?", Some("no"));
        check("Myślę, że nie jest to dobry pomysł, ale może być tylko lepiej.", Some("pl"));
        check("Myslím, že to není dobrý nápad, ale pokud jsme už tady, tak ano.", Some("cs"));
        check("Minä olen sitä mieltä että se ei ole hyvä, mutta nyt se on niin.", Some("fi"));
        check("Azt hiszem, hogy ez nem egy jó ötlet, mert még nem kell.", Some("hu"));
        check("Bence bu çok iyi bir fikir değil ama daha sonra olabilir.", Some("tr"));
        check("Saya kira ini tidak akan bisa dilakukan dengan cara itu.", Some("id"));
    }

    #[test]
    fn scripts_tell_their_languages() {
        check("我认为我们应该等下一个版本。", Some("zh"));
        check("次のバージョンを待つべきだと思います。", Some("ja"));
        check("다음 버전을 기다려야 한다고 생각합니다.", Some("ko"));
        check("Я думаю, что мы должны подождать следующую версию.", Some("ru"));
        check("Я думаю, що ми повинні чекати на її наступну версію.", Some("uk"));
        check("أعتقد أننا يجب أن ننتظر الإصدار القادم", Some("ar"));
        check("אני חושב שעלינו לחכות לגרסה הבאה", Some("he"));
        check("Νομίζω ότι πρέπει να περιμένουμε την επόμενη έκδοση.", Some("el"));
        check("ฉันคิดว่าเราควรรอรุ่นถัดไป", Some("th"));
        check("मुझे लगता है कि हमें इंतजार करना चाहिए", Some("hi"));
    }

    #[test]
    fn english_names_do_not_hide_chinese() {
        check("请看 Example Consortium 的 draft 文件，谢谢大家的意见和建议。", Some("zh"));
    }

    #[test]
    fn too_little_is_unsure() {
        for text in ["", "+1", "ok", "Thanks!", "R 4.0.2", "> x", "\u{1f44d}", "x <- c(1, 2); y <- lm(a ~ b, data = z)"]
        {
            check(text, None);
        }
    }

    #[test]
    fn code_is_no_language() {
        check(
            "static int foo(struct bar *p) { return p->len + sizeof(x); } #include <stdio.h> int main(void) { foo(NULL); }",
            None,
        );
    }

    #[test]
    fn every_list_fits_the_table() {
        assert!(TABLE.iter().filter(|(word, _)| *word != 0).count() * 2 < SLOTS);
        assert!(WORDS.len() <= 32);
    }
}
