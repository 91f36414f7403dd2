//! Several writes at once: all of them are published, or none.

use flow_concurrent::Transaction;

use super::{Chosen, Input, Model, Run, Value};

impl Run {
    /// A transaction that is published, unless it fails.
    pub(super) fn transaction(&mut self, input: &mut Input<'_>) {
        let (kind, version) = (input.below(4), self.version);
        let mut next = self.model.clone();
        let mut write = |transaction: &mut Transaction<'_, String, Value, Chosen>| {
            assert_eq!(transaction.version(), version);
            for _ in 0..input.below(12) {
                step(transaction, &mut next, input);
            }
        };
        match kind {
            0 => self.real.update(write),
            1 => {
                let result = self.real.compare_and_update(version, write);
                assert_eq!(result, Ok(()));
            }
            2 => {
                let result = self.real.try_update(|transaction| {
                    write(transaction);
                    Ok::<_, u8>(7)
                });
                assert_eq!(result, Ok(7));
            }
            _ => {
                let result = self.real.try_update(|transaction| {
                    write(transaction);
                    Err::<(), u8>(7)
                });
                assert_eq!((result, self.real.version()), (Err(7), version));
                return;
            }
        }
        self.model = next;
    }
}

fn step(real: &mut Transaction<'_, String, Value, Chosen>, model: &mut Model, input: &mut Input<'_>) {
    let (kind, key, value) = (input.below(16), input.text(), Box::new(input.byte()));
    match kind {
        0..=4 => assert_eq!(real.insert(key.clone(), value.clone()), model.insert(key.clone(), value)),
        5..=8 => assert_eq!(real.remove(&*key), model.remove(&key)),
        9 => assert_eq!(real.remove_entry(&*key), model.remove_entry(&key)),
        10..=12 => {
            let old = real.get_mut(&*key).map(|there| std::mem::replace(there, value.clone()));
            assert_eq!(old, model.get_mut(&key).map(|there| std::mem::replace(there, value)));
        }
        13 => {
            real.retain(|_, there| there > &value);
            model.retain(|_, there| *there > value);
        }
        14 => {
            real.clear();
            model.clear();
        }
        _ => {
            let sorted: Vec<_> = std::collections::BTreeMap::from_iter(real.iter()).into_iter().collect();
            assert_eq!(sorted, model.iter().collect::<Vec<_>>());
        }
    }
    assert_eq!(real.get_key_value(&*key), model.get_key_value(&key));
    assert_eq!(real.contains_key(&*key), model.contains_key(&key));
    assert_eq!((real.len(), real.is_empty()), (model.len(), model.is_empty()));
}
