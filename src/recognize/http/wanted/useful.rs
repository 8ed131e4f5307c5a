//! A plan keeps only what leads to something that is wanted.

use super::plan::{Node, Outside, Plan, Want};
use crate::recognize::http::keep::Keep;

/// The plan without structures in which nothing is wanted. `asked` are the lists of which a rule asks whether something is
/// in them.
pub(super) fn useful(
    mut nodes: Vec<Node>,
    asked: &[usize],
    root: usize,
    payload: Option<(&'static str, Want)>,
    outside: Vec<Outside>,
) -> Plan {
    let mut useful = vec![false; nodes.len()];
    asked.iter().for_each(|number| useful[*number] = true);
    let is_useful = |useful: &[bool], want: &Want| match want {
        Want::Scalar(_) => true,
        Want::Node(number) => useful[*number],
    };
    loop {
        let mut changed = false;
        for (number, node) in nodes.iter().enumerate() {
            let now = match node {
                Node::Structure(fields) => {
                    fields.iter().any(|it| it.present || is_useful(&useful, &it.want))
                }
                Node::Map { keys: true, .. } => true,
                Node::List { item: want, .. } | Node::Map { value: want, .. } => {
                    is_useful(&useful, want)
                }
            };
            if now && !useful[number] {
                useful[number] = true;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for number in asked {
        if let Node::List { item, .. } = &mut nodes[*number]
            && !is_useful(&useful, item)
        {
            *item = Want::Scalar(Keep::Presence);
        }
    }
    for node in &mut nodes {
        if let Node::Map { value, keys: true, .. } = node
            && !is_useful(&useful, value)
        {
            *value = Want::Scalar(Keep::Presence);
        }
        if let Node::Structure(fields) = node {
            for field in fields.iter_mut().filter(|it| it.present) {
                if !is_useful(&useful, &field.want) {
                    field.want = Want::Scalar(Keep::Presence);
                }
            }
            fields.retain(|field| is_useful(&useful, &field.want));
        }
    }
    let payload = payload.filter(|(_, want)| is_useful(&useful, want));
    let body = useful[root] || payload.is_some();
    Plan { nodes, root, payload, outside, body }
}
