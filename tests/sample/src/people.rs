//! The invented people who write. None of them exists, nor do their organisations; addresses are reserved ones (RFC 2606).

/// Somebody who writes to the lists.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// How texts name the writer.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) address: String,
    /// What stands under a signature, after the name.
    pub(crate) place: String,
    /// Minutes the writer's clock is ahead of UTC.
    pub(crate) offset: i64,
    /// The language of the writer's mail program: en, fr, es, pt.
    pub(crate) language: &'static str,
}

impl Person {
    /// What people call somebody in a greeting.
    pub(crate) fn first_name(&self) -> &str {
        self.name.split(' ').next().unwrap_or(&self.name)
    }
}

/// The writers of the shipped sample. `ronan2` is `ronan` at another desk, so that identities have something to merge.
pub(crate) fn cast() -> Vec<Person> {
    let rows: [[&str; 4]; 22] = [
        ["amarante", "Amarante Velloso-Quist", "amarante@pesquisa.example.org", "Open Fields Research, Costa Serena"],
        ["tomasz", "Tomasz Bierkovan", "t.bierkovan@noc.example.net", "Network operations, Lakeside Net"],
        ["nkiru", "Nkiru Adewole-Marsh", "nkiru@lantern.example.org", "Lantern Community Networks"],
        ["seraphine", "Séraphine Okoumba", "seraphine@reseaux.example.org", "Réseaux du Littoral, Tamboro"],
        ["halvard", "Halvard Tindegren", "halvard@tindegren.example.com", "Independent consultant"],
        ["lucia", "Lucía Ferrantes Olmo", "lferrantes@redabierta.example.org", "Red Abierta del Sur"],
        ["wenlan", "Wenlan Zhuo", "wenlan.zhuo@lab.example.net", "East River Network Laboratory"],
        ["idris", "Idris Benhammar", "idris@atlas.example.org", "Atlas Digital Forum"],
        ["kaveh", "Kaveh Rostanian", "kaveh@routing.example.net", "Routing desk, Kessaba Telecom"],
        ["oluremi", "Oluremi Fashade-Cole", "oluremi@cert.example.org", "National incident response team of Marandia"],
        ["mirela", "Mirela Dragoseanu", "mirela.dragoseanu@policy.example.com", "Policy adviser, Danubia Carriers"],
        ["petrus", "Petrus van Aldegonde", "petrus@harbour-ix.example.net", "Harbour IX, Port Lereno"],
        ["ishani", "Ishani Ratnavale", "ishani@womenonline.example.org", "Women Online Collective"],
        ["takumi", "Takumi Hoshinaga", "hoshinaga@backbone.example.net", "Backbone engineering, Oskarland Internet"],
        ["brigida", "Brígida Montecalvo", "brigida@secretaria.example.org", "Rapporteur for this group"],
        ["joseph", "Joseph Tuilagimala", "joseph@vellis.example.net", "Vellis Islands Internet Society (invented)"],
        ["yevhen", "Yevhen Sorochan", "yevhen@stepnet.example.net", "StepNet"],
        ["fatoumata", "Fatoumata Diarressy", "fatoumata@numerique.example.org", "Association Numérique pour Toutes"],
        ["ronan", "Ronan McGillabyrne", "rmcg@exchange.example.net", "Member services, Suvela Exchange"],
        ["ronan2", "Ronan McGillabyrne", "ronan@home.example.com", "writing from home"],
        ["dorji", "Dorji Wangmolha", "dorji@highvalley.example.org", "High Valley Schools Network"],
        ["giulio", "Giulio Perticara", "g.perticara@studio.example.com", "Studio Perticara, law and networks"],
    ];
    // The writer's clock, as in summer: mail programs do not agree on much else either.
    let clocks =
        [-180, 120, 60, 60, 120, -180, 480, 60, 210, 60, 180, 120, 330, 540, -300, 780, 180, 0, 60, 60, 360, 120];
    rows.into_iter()
        .zip(clocks)
        .map(|([key, name, address, place], offset)| person(key, name, address, place, offset))
        .collect()
}

/// One more writer, made of syllables, for archives of any size.
pub(crate) fn stranger(number: usize, random: &mut crate::random::Random) -> Person {
    let name = format!("{} {}", capital(&word(random, 2)), capital(&word(random, 3)));
    let address =
        format!("{}{number}@{}.example.{}", word(random, 2), word(random, 2), random.pick(&["org", "com", "net"]));
    let offset = 60 * random.between(-11, 12);
    person(&format!("p{number}"), &name, &address, &format!("{} Network", capital(&word(random, 3))), offset)
}

/// A word nobody has used before, that can still be said.
pub(crate) fn word(random: &mut crate::random::Random, syllables: usize) -> String {
    const FIRST: [&str; 20] =
        ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "dr", "kl", "st", "tr", "sh"];
    const THEN: [&str; 14] = ["a", "e", "i", "o", "u", "an", "en", "in", "or", "ul", "ai", "ei", "as", "om"];
    (0..syllables).map(|_| format!("{}{}", random.pick(&FIRST), random.pick(&THEN))).collect()
}

fn capital(word: &str) -> String {
    word.get(..1).map_or_else(String::new, |first| first.to_uppercase() + &word[1..])
}

fn person(key: &str, name: &str, address: &str, place: &str, offset: i64) -> Person {
    let language = match key {
        "seraphine" | "fatoumata" | "idris" => "fr",
        "lucia" | "brigida" => "es",
        "amarante" => "pt",
        _ => "en",
    };
    let (key, name, address, place) = (key.into(), name.into(), address.into(), place.into());
    Person { key, name, address, place, offset, language }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_reserved_ones_and_nobody_is_there_twice() {
        let cast = cast();
        let hosts = [".example.org", ".example.com", ".example.net"];
        for person in &cast {
            assert!(hosts.iter().any(|host| person.address.ends_with(host)), "{}", person.address);
        }
        let addresses: std::collections::BTreeSet<_> = cast.iter().map(|person| &person.address).collect();
        assert_eq!(addresses.len(), cast.len());
    }
}
