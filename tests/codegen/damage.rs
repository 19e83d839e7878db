//! Records with texts of an attacker in the place of any other: the fuzz target's checks hold.

use std::fs;
use std::path::Path;

use atdata_tests::records::Random;
use serde_json::{Map, Value, json};

const TEXTS: &[&str] = &[
    "\"); } fn main() { evil() } /*",
    "*/ evil!() /*",
    "#![evil]",
    "r#\"",
    "\\",
    "{}",
    "'a",
    "//! evil",
    "\n\nevil();",
    "```\nevil()\n```",
    "~~~",
    "    evil()",
    "<script>",
    "Self",
    "crate",
    "_",
    "",
    "\u{202e}",
    "\u{0}",
    "\r",
    "at://did:plc:abc/science.alt.dataset.schema/3k2a",
    "atdata://local/schema/Photo@1.0.0",
    "local#any",
    "local#sample",
    "1.0.0",
    "type",
    "💥",
    "$crate",
    "env!(\"PATH\")",
    "a\"b",
    "1e9",
];

fn damage(value: &mut Value, random: &mut Random) {
    match value {
        Value::Array(items) if !items.is_empty() && random.chance(90) => {
            let index = random.below(items.len());
            damage(&mut items[index], random);
        }
        Value::Object(members) if !members.is_empty() && random.chance(95) => {
            let index = random.below(members.len());
            if random.chance(15) {
                *members = renamed(members, index, random);
            } else if let Some(member) = members.values_mut().nth(index) {
                damage(member, random);
            }
        }
        other if random.chance(90) => *other = TEXTS[random.below(TEXTS.len())].into(),
        other => *other = [json!(null), json!(3), json!([]), json!({}), json!(true)][random.below(5)].clone(),
    }
}

fn renamed(members: &Map<String, Value>, index: usize, random: &mut Random) -> Map<String, Value> {
    let name = |(at, (key, value)): (usize, (&String, &Value))| {
        let key = if at == index { TEXTS[random.below(TEXTS.len())].to_owned() } else { key.clone() };
        (key, value.clone())
    };
    members.iter().enumerate().map(name).collect()
}

#[test]
fn texts_of_an_attacker_stay_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/codegen");
    let mut random = Random::new(7);
    for seed in fs::read_dir(folder).unwrap() {
        // What fuzzing found is not all JSON; that is run as it is with the other seeds.
        let Ok(json) = serde_json::from_slice::<Value>(&fs::read(seed.unwrap().path()).unwrap()) else { continue };
        for _ in 0..40 {
            let mut json = json.clone();
            for _ in 0..=random.below(4) {
                damage(&mut json, &mut random);
            }
            atdata_fuzz::codegen::run(&json.to_string());
        }
    }
}
