//! Many files get their names together, or none does.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::hidden::{REPLACED, hidden_beside};
use super::journal::{COMMIT, Journal, PENDING, Step};
use super::{AtomicFile, folder_of, sync_folder};

/// Gives all files, which are synced, their names: durably, replacing what is there. What is to blame for an error is
/// said by its number; everything is as it was then.
///
/// First all are hidden files, whose names are on the disk, and a journal says what they are going to be called; only then
/// do they get their names, one after the other with nothing in between. A process that is killed before leaves what was
/// there; one that is killed later leaves a journal, by which the next write to the folder, or
/// [`sweep`](super::sweep), finishes what was begun. Of several folders one has the journal that decides it for all, and
/// each of the others one that leads there.
pub(crate) fn commit_all(mut files: Vec<AtomicFile>) -> Result<(), (usize, io::Error)> {
    if files.len() == 1 {
        let file = files.pop().ok_or((0, io::ErrorKind::NotFound.into()))?;
        return commit_one(file).map_err(|error| (0, error));
    }
    for (number, file) in files.iter_mut().enumerate() {
        file.park().and_then(|()| file.prepared().map(|_| ())).map_err(|error| (number, error))?;
    }
    let folders = by_folder(&files);
    for (folder, numbers) in &folders {
        sync_folder(folder).map_err(|error| (numbers.first().copied().unwrap_or(0), error))?;
    }
    let mut journals = Vec::with_capacity(folders.len());
    if let Err(error) = write_journals(folders, &files, &mut journals) {
        // Nothing is decided as long as one of them is not there.
        for (journal, _) in journals {
            journal.take_back();
        }
        return Err(error);
    }
    let named = journals.iter().try_for_each(|(journal, numbers)| {
        let mut steps = journal.steps.iter().zip(numbers);
        steps.try_for_each(|(step, number)| journal.name(step).map_err(|error| (*number, error)))?;
        sync_folder(journal.folder()).map_err(|error| (numbers.first().copied().unwrap_or(0), error))
    });
    match named {
        Ok(()) => {
            for file in &mut files {
                file.hidden = None;
            }
            // Should one that waits stay, the one that decides stays as well: all have their names, and whoever finds it
            // has nothing left to do.
            let _ = journals.into_iter().try_for_each(|(journal, _)| journal.close());
            Ok(())
        }
        Err(error) => {
            take_back(journals, &mut files);
            Err(error)
        }
    }
}

/// One name is given by one call of the system, and taken back where it cannot be made durable.
fn commit_one(file: AtomicFile) -> io::Result<()> {
    let target = file.target().to_owned();
    let old = hidden_beside(&target, REPLACED);
    // Where links are refused, or nothing is there, there is nothing to keep.
    let is_kept = fs::hard_link(&target, &old).is_ok();
    let named = file.commit();
    let durable = named.and_then(|is_new| {
        sync_folder(folder_of(&target)).inspect_err(|_| {
            let _ = match is_new {
                true => fs::remove_file(&target),
                false if is_kept => fs::rename(&old, &target),
                false => Ok(()),
            };
        })
    });
    if is_kept {
        let _ = fs::remove_file(old);
    }
    durable
}

/// Writes the journals of all folders: last the one that decides.
fn write_journals(
    folders: Vec<(PathBuf, Vec<usize>)>,
    files: &[AtomicFile],
    journals: &mut Vec<(Journal, Vec<usize>)>,
) -> Result<(), (usize, io::Error)> {
    let first = |numbers: &[usize]| numbers.first().copied().unwrap_or(0);
    let is_alone = folders.len() == 1;
    let mut paths = Vec::with_capacity(folders.len());
    for (number, (folder, numbers)) in folders.iter().enumerate() {
        // Whoever finds one may be anywhere.
        let folder = if is_alone { Ok(folder.clone()) } else { std::path::absolute(folder) };
        let folder = folder.map_err(|error| (first(numbers), error))?;
        paths.push(Journal::path_in(&folder, if number + 1 == folders.len() { COMMIT } else { PENDING }));
    }
    let Some((decides, waiting)) = paths.split_last() else { return Ok(()) };
    for ((_, numbers), path) in folders.into_iter().zip(&paths) {
        let steps = numbers.iter().filter_map(|number| files.get(*number)).map(step).collect();
        let others = if path == decides { waiting.to_vec() } else { vec![decides.clone()] };
        let journal = Journal::write(path.clone(), others, steps).map_err(|error| (first(&numbers), error))?;
        journals.push((journal, numbers));
    }
    Ok(())
}

/// Where not even that works, the journals stay, and the write is finished by whoever finds them.
fn take_back(mut journals: Vec<(Journal, Vec<usize>)>, files: &mut [AtomicFile]) {
    if let Some((decides, _)) = journals.pop()
        && let Some(decides) = turned(decides)
    {
        // It takes those back that wait for it.
        return decides.take_back();
    }
    for file in files {
        file.hidden = None;
    }
}

fn turned(mut journal: Journal) -> Option<Journal> {
    journal.turn().is_ok().then_some(journal)
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
