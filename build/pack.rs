//! Packs the catalogue into the layout of `src/catalog/format.rs`.

mod made;
mod strings;

use std::collections::{BTreeMap, BTreeSet};

use self::strings::Strings;
use crate::format::{LOCATION_PLACES, SCALARS, SECTIONS, WORD, folded, hash};
use crate::rule::{Condition, Rule, Source, Value as Looked};
use crate::rules::{Decided, Rules};
use crate::text::{ActionResource, Catalog, Kind, KindOf, Operation, Service, Shape, Wire};

/// botocore has one service under two names, with the same `serviceId`; the id leads to the name that
/// is not here.
const SECOND_NAMES: [&str; 1] = ["sms-voice"]; // pinpoint-sms-voice

/// The packed catalogue.
pub(crate) struct Packed {
    /// The tables and records.
    pub(crate) tables: Vec<u8>,
    /// The text in which all strings lie.
    pub(crate) strings: String,
}

/// Packs the catalogue, or tells what is wrong with the data, a line each.
pub(crate) fn pack(catalog: &Catalog, rules: &Rules) -> Result<Packed, String> {
    let decided = decide_all(catalog, rules)?;
    let actions = action_indexes(catalog);
    // Once to see how often each string is used, since that decides how long its number is.
    let mut packer =
        Packer { strings: Strings::of(strings(catalog, &decided, rules)), actions, catalog };
    packer.sections(&decided, rules)?;
    packer.strings.number_by_use();
    let sections = packer.sections(&decided, rules)?;
    let (places, strings) = packer.strings.laid_out()?;
    let [services, ids, prefixes, actions, partitions, pseudo, looked_at, owned] = sections;
    let sections = [places, services, ids, prefixes, actions, partitions, pseudo, looked_at, owned];
    Ok(Packed { tables: join(&sections), strings })
}

type AllDecided = BTreeMap<(String, String), Decided>;

fn decide_all(catalog: &Catalog, rules: &Rules) -> Result<AllDecided, String> {
    let mut decided = BTreeMap::new();
    let mut problems = Vec::new();
    for (service_name, service) in &catalog.services {
        for (name, operation) in &service.operations {
            match rules.decide(catalog, service_name, service, name, operation) {
                Ok(it) => {
                    decided.insert((service_name.clone(), name.clone()), it);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(decided) } else { Err(problems.join("\n")) }
}

/// All strings.
fn strings(catalog: &Catalog, decided: &AllDecided, rules: &Rules) -> BTreeSet<String> {
    let mut set: BTreeSet<String> = BTreeSet::from([String::new()]);
    let mut add = |text: &str| {
        if !set.contains(text) {
            set.insert(text.to_owned());
        }
    };
    for (name, service) in &catalog.services {
        add(name);
        add(&folded(service.get("id")));
        service.metadata.values().for_each(|value| add(value));
        service.get("auth").split(' ').for_each(&mut add);
        service.get("hosts").split(' ').for_each(&mut add);
        service.get("signed").split(' ').for_each(&mut add);
        service.places().iter().for_each(|place| add(place));
        service.operations.keys().for_each(|name| add(name));
        let forms = service.forms.iter().map(|(_, form)| form);
        for wire in service.operations.values().map(|it| &it.wire).chain(forms) {
            [&wire.method, &wire.route, &wire.host_prefix, &wire.auth]
                .into_iter()
                .for_each(|text| add(text));
        }
        let made = service.made.values();
        let told =
            made.clone().flat_map(|it| &it.tells).flat_map(|(child, parent)| [child, parent]);
        for name in made.flat_map(|it| &it.makes).chain(told) {
            add(&name.path);
            add(&name.variable);
        }
        for shape in service.shapes.values() {
            match shape {
                Shape::Structure { payload, members, .. } => {
                    add(payload);
                    for member in members {
                        add(&member.name);
                        add(&member.wire);
                    }
                }
                Shape::List { item, .. } => add(item),
                Shape::Map { key, value, .. } => {
                    add(key);
                    add(value);
                }
            }
        }
    }
    for (key, values) in
        decided.values().flat_map(|it| &it.actions).flat_map(|action| &action.contexts)
    {
        add(key);
        values.iter().for_each(|value| add(value));
    }
    for decided in decided.values() {
        for action in &decided.actions {
            add(&action.guard);
            action.rules.iter().for_each(|rule| add(rule));
        }
        for (variable, values) in &decided.variables {
            add(variable);
            values.iter().for_each(|value| add(value));
        }
    }
    looked_at(decided).iter().flatten().for_each(|name| add(name));
    for (name, prefix) in &catalog.prefixes {
        add(name);
        prefix.actions.keys().for_each(|name| add(name));
        for (name, kind) in &prefix.resources {
            add(name);
            kind.formats.iter().for_each(|format| add(format));
        }
    }
    for partition in &catalog.partitions {
        [&partition.id, &partition.dns_suffix, &partition.dual_stack_suffix]
            .into_iter()
            .chain(&partition.region_prefixes)
            .chain(&partition.regions)
            .for_each(|text| add(text));
    }
    let ids = rules.pseudo_services.iter().chain(rules.service_ids.keys());
    ids.for_each(|name| add(&folded(name)));
    rules.owned_by_aws.iter().for_each(|pattern| add(pattern));
    set
}

/// The headers, query keys and headers of answers that rules look at.
fn looked_at(decided: &AllDecided) -> [BTreeSet<String>; 3] {
    let mut names: [BTreeSet<String>; 3] = Default::default();
    let mut add = |value: &Looked| match &value.source {
        Source::Header(name) => drop(names[0].insert(name.clone())),
        Source::Query(name) => drop(names[1].insert(name.clone())),
        Source::Response(name) => drop(names[2].insert(name.clone())),
        _ => {}
    };
    for decided in decided.values() {
        for action in &decided.actions {
            for rule in action.rules.iter().filter_map(|it| Rule::parse(it, &|_| None).ok()) {
                rule.values().into_iter().for_each(&mut add);
            }
            if let Ok(guard) = Condition::parse(&action.guard, &|_| None) {
                guard.values().into_iter().for_each(&mut add);
            }
        }
        let variables = decided.variables.iter().flat_map(|(_, values)| values);
        variables.filter_map(|it| Looked::parse(it).ok()).for_each(|value| add(&value));
    }
    names
}

/// (prefix, action) → its index in the table of actions.
fn action_indexes(catalog: &Catalog) -> BTreeMap<(String, String), u32> {
    let names = catalog.prefixes.iter().flat_map(|(prefix, entry)| {
        entry.actions.keys().map(|name| (prefix.clone(), name.clone()))
    });
    names.zip(0..).collect()
}

struct Packer<'a> {
    strings: Strings,
    actions: BTreeMap<(String, String), u32>,
    catalog: &'a Catalog,
}

impl Packer<'_> {
    /// All sections but that of the strings.
    fn sections(&self, decided: &AllDecided, rules: &Rules) -> Result<[Vec<u8>; 8], String> {
        let mut services = Table::default();
        for (name, service) in &self.catalog.services {
            let block = self.service(name, service, decided)?;
            services.push(name, self.string(name), block);
        }
        Ok([
            services.bytes(),
            self.ids(rules)?,
            self.prefixes()?,
            self.actions()?,
            self.partitions(),
            self.pseudo_services(rules),
            self.looked_at(&looked_at(decided)),
            self.owned(rules),
        ])
    }

    fn string(&self, text: &str) -> u32 {
        self.strings.number(text)
    }

    fn service(
        &self,
        name: &str,
        service: &Service,
        decided: &AllDecided,
    ) -> Result<Vec<u8>, String> {
        let mut head = Vec::new();
        let keys = ["service", "id", "signing", "endpoint", "api-version", "json-version"];
        for key in keys.into_iter().chain(["target-prefix", "global-endpoint"]) {
            varint(&mut head, self.string(service.get(key)));
        }
        varint(&mut head, service.protocols()?);
        let auth: Vec<&str> = service.get("auth").split(' ').collect();
        varint(&mut head, size(auth.len()));
        auth.into_iter().for_each(|scheme| varint(&mut head, self.string(scheme)));
        for key in ["hosts", "signed"] {
            let names: Vec<&str> =
                service.get(key).split(' ').filter(|it| !it.is_empty()).collect();
            varint(&mut head, size(names.len()));
            names.into_iter().for_each(|name| varint(&mut head, self.string(name)));
        }

        let places = service.places();
        varint(&mut head, size(places.len()));
        places.iter().for_each(|place| varint(&mut head, self.string(place)));

        let shapes: BTreeMap<&str, u32> =
            service.shapes.keys().map(String::as_str).zip(0..).collect();
        let input_of = |wire: &Wire| match &wire.input {
            Some(input) => match shapes.get(&**input) {
                Some(index) => Ok(index + 1),
                None => Err(format!("{name}: no shape {input}")),
            },
            None => Ok(0),
        };
        let indexes: BTreeMap<&str, u32> =
            service.operations.keys().map(String::as_str).zip(0..).collect();
        varint(&mut head, size(service.forms.len()));
        for (operation, form) in &service.forms {
            varint(&mut head, indexes[operation.as_str()]);
            varint(&mut head, self.string(&form.method));
            varint(&mut head, self.string(&form.route));
            varint(&mut head, input_of(form)?);
        }
        let dropped = |operation: &&Operation| operation.wire.last.is_some();
        varint(&mut head, size(service.operations.values().filter(dropped).count()));
        for (index, operation) in (0..).zip(service.operations.values()) {
            if dropped(&operation) {
                varint(&mut head, index);
            }
        }

        let mut operations = Table::default();
        for (operation_name, operation) in &service.operations {
            let mut record = Vec::new();
            let wire = &operation.wire;
            for text in [&wire.method, &wire.route, &wire.host_prefix, &wire.auth] {
                varint(&mut record, self.string(text));
            }
            varint(&mut record, input_of(wire)?);
            let decided = &decided[&(name.to_owned(), operation_name.clone())];
            self.actions_of(&mut record, decided)
                .map_err(|problem| format!("{name} {operation_name}: {problem}"))?;
            operations.push(operation_name, self.string(operation_name), record);
        }
        let mut shape_table = Vec::new();
        for (shape_name, shape) in &service.shapes {
            let record = self.shape(shape, &shapes);
            shape_table.push(record.map_err(|it| format!("{name} {shape_name}: {it}"))?);
        }

        // The tables' offsets, which every lookup needs, come first.
        let tables = [operations.bytes(), offset_table(&shape_table), self.made(service)?];
        let mut start = tables.len() * WORD + head.len();
        let mut block = Vec::new();
        for table in &tables {
            word(&mut block, size(start));
            start += table.len();
        }
        block.extend(head);
        block.extend(tables.concat());
        Ok(block)
    }

    fn actions_of(&self, record: &mut Vec<u8>, decided: &Decided) -> Result<(), String> {
        varint(record, decided.permission);
        varint(record, size(decided.actions.len()));
        for action in &decided.actions {
            let key = (action.prefix.clone(), action.name.clone());
            let index = self.actions.get(&key);
            let missing = || format!("AWS lists no action {}:{}", action.prefix, action.name);
            varint(record, *index.ok_or_else(missing)?);
            varint(record, action.class * 2 + u32::from(action.common));
            varint(record, size(action.contexts.len()));
            for (key, values) in &action.contexts {
                varint(record, self.string(key));
                varint(record, size(values.len()));
                values.iter().for_each(|value| varint(record, self.string(value)));
            }
            varint(record, self.string(&action.guard));
            varint(record, size(action.rules.len()));
            action.rules.iter().for_each(|rule| varint(record, self.string(rule)));
        }
        varint(record, size(decided.variables.len()));
        for (variable, values) in &decided.variables {
            varint(record, self.string(variable));
            varint(record, size(values.len()));
            values.iter().for_each(|value| varint(record, self.string(value)));
        }
        Ok(())
    }

    fn shape(&self, shape: &Shape, shapes: &BTreeMap<&str, u32>) -> Result<Vec<u8>, String> {
        let mut record = Vec::new();
        match shape {
            Shape::Structure { eventstream, payload, members } => {
                varint(&mut record, u32::from(*eventstream));
                varint(&mut record, self.string(payload));
                varint(&mut record, size(members.len()));
                for member in members {
                    varint(&mut record, self.string(&member.name));
                    varint(&mut record, type_number(&member.kind, shapes)?);
                    let renamed = member.wire != member.name;
                    let how = member.flags * LOCATION_PLACES + member.location;
                    varint(&mut record, how * 2 + u32::from(renamed));
                    if renamed {
                        varint(&mut record, self.string(&member.wire));
                    }
                }
            }
            Shape::List { kind, item, flat } => {
                varint(&mut record, 2);
                varint(&mut record, type_number(kind, shapes)?);
                varint(&mut record, self.string(item));
                varint(&mut record, u32::from(*flat));
            }
            Shape::Map { kind, key, value, flat } => {
                varint(&mut record, 3);
                varint(&mut record, type_number(kind, shapes)?);
                varint(&mut record, self.string(key));
                varint(&mut record, self.string(value));
                varint(&mut record, u32::from(*flat));
            }
        }
        Ok(record)
    }

    fn ids(&self, rules: &Rules) -> Result<Vec<u8>, String> {
        let indexes: BTreeMap<&str, u32> =
            self.catalog.services.keys().map(String::as_str).zip(0..).collect();
        let own = self.catalog.services.iter().map(|(name, service)| (service.get("id"), name));
        let own = own.filter(|(_, name)| !SECOND_NAMES.contains(&name.as_str()));
        let others = rules.service_ids.iter().map(|(id, name)| (id.as_str(), name));
        let mut ids: BTreeMap<String, u32> = BTreeMap::new();
        for (id, name) in own.chain(others) {
            let missing = || format!("serviceId {id}: there is no service {name}");
            let index = *indexes.get(name.as_str()).ok_or_else(missing)?;
            if ids.insert(folded(id), index).is_some() {
                return Err(format!("{name} and another service have the serviceId {id}"));
            }
        }
        let mut section = Vec::new();
        word(&mut section, size(ids.len()));
        for (id, index) in ids {
            word(&mut section, self.string(&id));
            word(&mut section, index);
        }
        Ok(section)
    }

    fn prefixes(&self) -> Result<Vec<u8>, String> {
        let prefixes = &self.catalog.prefixes;
        let mut section = Vec::new();
        word(&mut section, size(prefixes.len()));
        let mut blocks = Vec::new();
        let start = (1 + prefixes.len() * 4) * WORD;
        let mut first = 0;
        for (name, prefix) in prefixes {
            word(&mut section, self.string(name));
            word(&mut section, first);
            word(&mut section, size(prefix.actions.len()));
            word(&mut section, size(start + blocks.len()));
            first += size(prefix.actions.len());
            let types: Vec<Vec<u8>> = prefix
                .resources
                .iter()
                .map(|(name, kind)| {
                    let mut record = Vec::new();
                    varint(&mut record, self.string(name));
                    varint(&mut record, size(kind.formats.len()));
                    kind.formats.iter().for_each(|format| varint(&mut record, self.string(format)));
                    record
                })
                .collect();
            blocks.extend(offset_table(&types));
        }
        section.extend(blocks);
        Ok(section)
    }

    fn actions(&self) -> Result<Vec<u8>, String> {
        let mut table = Table::default();
        for (prefix_name, prefix) in &self.catalog.prefixes {
            let types: BTreeMap<&str, u32> =
                prefix.resources.keys().map(String::as_str).zip(0..).collect();
            for (name, action) in &prefix.actions {
                let mut record = Vec::new();
                varint(&mut record, action.access_level);
                varint(&mut record, action.keys);
                varint(&mut record, size(action.resources.len()));
                for ActionResource { kind, is_required, keys } in &action.resources {
                    let index = types.get(&**kind);
                    let index = index
                        .ok_or_else(|| format!("{prefix_name}:{name}: no resource type {kind}"))?;
                    varint(&mut record, index * 2 + u32::from(*is_required));
                    // What AWS lists for action and type together counts instead of what it lists for the type.
                    let of_resource = keys.unwrap_or(prefix.resources[kind].keys);
                    varint(&mut record, of_resource | action.keys);
                }
                table.push(name, self.string(name), record);
            }
        }
        Ok(table.bytes_without_hashes())
    }

    fn partitions(&self) -> Vec<u8> {
        let mut section = Vec::new();
        varint(&mut section, size(self.catalog.partitions.len()));
        for partition in &self.catalog.partitions {
            for text in [&partition.id, &partition.dns_suffix, &partition.dual_stack_suffix] {
                varint(&mut section, self.string(text));
            }
            for list in [&partition.region_prefixes, &partition.regions] {
                varint(&mut section, size(list.len()));
                list.iter().for_each(|text| varint(&mut section, self.string(text)));
            }
        }
        section
    }

    fn looked_at(&self, names: &[BTreeSet<String>; 3]) -> Vec<u8> {
        let mut section = Vec::new();
        for names in names {
            varint(&mut section, size(names.len()));
            names.iter().for_each(|name| varint(&mut section, self.string(name)));
        }
        section
    }

    fn owned(&self, rules: &Rules) -> Vec<u8> {
        let mut section = Vec::new();
        varint(&mut section, size(rules.owned_by_aws.len()));
        rules.owned_by_aws.iter().for_each(|it| varint(&mut section, self.string(it)));
        section
    }

    fn pseudo_services(&self, rules: &Rules) -> Vec<u8> {
        let mut section = Vec::new();
        varint(&mut section, size(rules.pseudo_services.len()));
        for name in &rules.pseudo_services {
            varint(&mut section, self.string(&folded(name)));
        }
        section
    }
}

fn type_number(kind: &Kind, shapes: &BTreeMap<&str, u32>) -> Result<u32, String> {
    let number = match &kind.of {
        KindOf::Scalar(scalar) => *scalar,
        KindOf::Shape(name) => {
            size(SCALARS.len()) + shapes.get(&**name).ok_or(format!("no shape {name}"))?
        }
    };
    Ok(number * 2 + u32::from(kind.sensitive))
}

/// A table of (string, offset) with the records behind it, in the order of insertion.
#[derive(Default)]
struct Table {
    entries: Vec<(u32, Vec<u8>)>,
    hashes: Vec<(u32, u32)>,
}

impl Table {
    fn push(&mut self, name: &str, string: u32, record: Vec<u8>) {
        self.hashes.push((hash(name), size(self.entries.len())));
        self.entries.push((string, record));
    }

    /// Offsets count from the beginning of the table.
    fn bytes(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.hashes.sort_unstable();
        word(&mut bytes, size(self.entries.len()));
        let mut offset = (1 + (self.entries.len() + self.hashes.len()) * 2) * WORD;
        for (name, record) in &self.entries {
            word(&mut bytes, *name);
            word(&mut bytes, size(offset));
            offset += record.len();
        }
        for (hash, index) in &self.hashes {
            word(&mut bytes, *hash);
            word(&mut bytes, *index);
        }
        self.entries.into_iter().for_each(|(_, record)| bytes.extend(record));
        bytes
    }

    /// The same for a table in which names repeat.
    fn bytes_without_hashes(mut self) -> Vec<u8> {
        self.hashes.clear();
        self.bytes()
    }
}

/// A table of offsets with the records behind it; equal records are stored once.
fn offset_table(records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    word(&mut bytes, size(records.len()));
    let mut bodies: Vec<u8> = Vec::new();
    let mut seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    for record in records {
        let offset = *seen.entry(record).or_insert_with(|| {
            let offset = bodies.len();
            bodies.extend(record);
            offset
        });
        word(&mut bytes, size((1 + records.len()) * WORD + offset));
    }
    bytes.extend(bodies);
    bytes
}

fn join(sections: &[Vec<u8>; SECTIONS]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut offset = SECTIONS * WORD;
    for section in sections {
        word(&mut bytes, size(offset));
        offset += section.len();
    }
    sections.iter().for_each(|section| bytes.extend(section));
    bytes
}

fn varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

/// The catalogue is some megabytes; the build fails when it needs longer words.
fn word(bytes: &mut Vec<u8>, value: u32) {
    let [low, middle, high, beyond] = value.to_le_bytes();
    assert_eq!(beyond, 0, "{value} is no word of {WORD} bytes");
    bytes.extend([low, middle, high]);
}

/// A length or offset as it is stored.
fn size(length: usize) -> u32 {
    u32::try_from(length).expect("the catalogue is smaller than 4 GB")
}
