//! Many files get their names together, or none does.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::hidden::{REPLACED, hidden_beside};
use super::journal::{Journal, Step};
use super::{AtomicFile, folder_of, sync_folder};

/// Gives all files, which are synced, their names: durably, replacing what is there. What is to blame for an error is
/// said by its number; everything is as it was then.
///
/// First all are hidden files, whose names are on the disk, and a journal says what they are going to be called; only then
/// do they get their names, one after the other with nothing in between. A process that is killed before leaves what was
/// there; one that is killed later leaves a journal, by which the next write to the folder, or
/// [`sweep`](super::sweep), finishes what was begun.
pub(crate) fn commit_all(mut files: Vec<AtomicFile>) -> Result<(), (usize, io::Error)> {
    if files.len() == 1 {
        // One name is given by one call of the system.
        let file = files.pop().ok_or((0, io::ErrorKind::NotFound.into()))?;
        let folder = folder_of(file.target()).to_owned();
        return file.commit().and_then(|_| sync_folder(&folder)).map_err(|error| (0, error));
    }
    for (number, file) in files.iter_mut().enumerate() {
        file.park().and_then(|()| file.prepared().map(|_| ())).map_err(|error| (number, error))?;
    }
    let folders = by_folder(&files);
    for (folder, numbers) in &folders {
        sync_folder(folder).map_err(|error| (numbers.first().copied().unwrap_or(0), error))?;
    }
    let mut journals = Vec::with_capacity(folders.len());
    for (folder, numbers) in folders {
        let first = numbers.first().copied().unwrap_or(0);
        let steps = numbers.iter().filter_map(|number| files.get(*number)).map(step).collect();
        match Journal::write(&folder, steps) {
            Ok(journal) => journals.push((journal, numbers)),
            Err(error) => {
                take_back(journals, &mut files);
                return Err((first, error));
            }
        }
    }
    let named = journals.iter().try_for_each(|(journal, numbers)| {
        let mut steps = journal.steps.iter().zip(numbers);
        steps.try_for_each(|(step, number)| journal.name(step).map_err(|error| (*number, error)))?;
        sync_folder(journal.folder()).map_err(|error| (numbers.first().copied().unwrap_or(0), error))
    });
    match named {
        Ok(()) => {
            for (journal, _) in journals {
                journal.close();
            }
            for file in &mut files {
                file.hidden = None;
            }
            Ok(())
        }
        Err(error) => {
            take_back(journals, &mut files);
            Err(error)
        }
    }
}

/// Where not even that works, the journal stays, and the write is finished by whoever finds it.
fn take_back(journals: Vec<(Journal, Vec<usize>)>, files: &mut [AtomicFile]) {
    for (mut journal, numbers) in journals {
        if journal.turn().is_ok() {
            journal.take_back();
            continue;
        }
        for number in numbers {
            if let Some(file) = files.get_mut(number) {
                file.hidden = None;
            }
        }
    }
}

/// The folders of the files, each with the numbers of its files.
fn by_folder(files: &[AtomicFile]) -> Vec<(PathBuf, Vec<usize>)> {
    let mut folders: Vec<(PathBuf, Vec<usize>)> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let folder = folder_of(file.target());
        match folders.iter_mut().rev().find(|(known, _)| known == folder) {
            Some((_, numbers)) => numbers.push(number),
            None => folders.push((folder.to_owned(), vec![number])),
        }
    }
    folders
}

fn step(file: &AtomicFile) -> Step {
    let name = |path: &Path| path.file_name().map(PathBuf::from).unwrap_or_default();
    let is_there = fs::symlink_metadata(file.target()).is_ok();
    Step {
        hidden: file.hidden.as_deref().map(name).unwrap_or_default(),
        target: name(file.target()),
        old: is_there.then(|| name(&hidden_beside(file.target(), REPLACED))),
    }
}
