//! `--per-principal`: a policy file for each principal, in one folder.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::output::console::Console;
use crate::output::error::OutputError;
use crate::output::finished;
use crate::output::held::Held;
use crate::output::overwriting;
use crate::output::target::Target;
use crate::session::principals::directory::account_of;
use crate::session::principals::{Callers, Placed, Principal, Share, file_name};
use crate::session::shape::{Finished, Shape, Written};

/// Whoever says what was done to a policy, and where it was written.
pub type Tell<'a> = dyn FnMut(&Finished, &Target, &Written) + 'a;

/// The files of all principals.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    /// It was made for this.
    made: bool,
    /// Keeps others away from it; it lies in the folder, and goes before that.
    held: Held,
    extension: &'static str,
    force: bool,
    files: HashMap<Principal, File>,
    /// Names that are given, in lower case.
    names: HashSet<String>,
    /// The callers' generation that the files hold.
    written: u64,
    /// Writing failed, and that was said.
    failed: bool,
}

#[derive(Debug)]
struct File {
    name: String,
    target: Option<Target>,
    /// The generation of the builder that it holds.
    written: u64,
}

impl Files {
    /// Files in this folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made, or no file in it be written.
    pub fn check(folder: &Path, shape: &Shape, force: bool) -> Result<Files, OutputError> {
        let made = !folder.exists();
        if made {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(false);
            // Whatever the umask says, what is in it is not for others to replace.
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
            builder.create(folder).map_err(|error| OutputError::Folder {
                path: folder.display().to_string(),
                error,
            })?;
        } else if !folder.is_dir() {
            return Err(OutputError::NotAFolder(folder.display().to_string()));
        }
        Target::unlinked(&folder.join("policy.json"))?;
        Ok(Files {
            folder: folder.to_owned(),
            made,
            held: Held::folder(folder)?,
            extension: shape.extension(),
            force,
            files: HashMap::new(),
            names: HashSet::new(),
            written: 0,
            failed: false,
        })
    }

    /// Keeps a name from being used: another file has it, if it is in this folder.
    pub fn leave_alone(&mut self, path: &Path) {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let resolved = |path: &Path| fs::canonicalize(path).ok();
        if resolved(folder.unwrap_or(Path::new("."))) == resolved(&self.folder)
            && let Some(name) = path.file_stem()
        {
            self.names.insert(name.to_string_lossy().to_ascii_lowercase());
        }
    }

    /// The folder.
    pub fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// Takes the folder away again if it was made here, and is empty.
    pub fn discard(self) {
        drop(self.held);
        if self.made {
            // It fails when something is in it, which is then somebody's.
            let _ = fs::remove_dir(&self.folder);
        }
    }

    /// Whether something is not in the files yet.
    pub fn is_behind(&self, callers: &Callers) -> bool {
        self.written != callers.generation()
    }

    /// Brings the files up to date while calls still come.
    pub fn replace(&mut self, callers: &Callers, shape: &Shape, console: &Console) {
        self.remove_renamed(callers);
        let mut all = true;
        for (principal, share) in callers.selected() {
            let done = self.replace_one(principal, share, shape);
            if let Err(error) = &done
                && !self.failed
            {
                self.failed = true;
                console.warn(error);
            }
            all &= done.is_ok();
        }
        if all {
            self.written = callers.generation();
            self.failed = false;
        }
    }

    fn replace_one(
        &mut self,
        principal: &Principal,
        share: &Share,
        shape: &Shape,
    ) -> Result<(), OutputError> {
        let generation = share.builder.generation();
        if share.builder.is_empty() || self.file(principal).written == generation {
            return Ok(());
        }
        self.target(principal)?.replace(&shape.meanwhile(&share.builder), false)?;
        self.file(principal).written = generation;
        Ok(())
    }

    /// Writes all of them at the end and `tell`s of each; where each is, and whether all could be written and fit.
    pub fn finish(
        &mut self,
        callers: &Callers,
        shape: &Shape,
        console: &Console,
        tell: &mut Tell<'_>,
    ) -> (HashMap<Principal, Placed>, bool) {
        self.remove_renamed(callers);
        let (mut placed, mut all) = (HashMap::new(), true);
        for (principal, share) in callers.selected() {
            match self.finish_one(principal, share, shape, tell) {
                Ok((where_it_is, fits)) => {
                    placed.insert(principal.clone(), where_it_is);
                    all &= fits;
                }
                Err(error) => {
                    console.warn(error);
                    all = false;
                }
            }
        }
        (placed, all)
    }

    fn finish_one(
        &mut self,
        principal: &Principal,
        share: &Share,
        shape: &Shape,
        tell: &mut Tell<'_>,
    ) -> Result<(Placed, bool), OutputError> {
        if share.builder.is_empty() {
            return Ok((Placed::Nowhere, true));
        }
        let finished = shape.finish(&share.builder);
        let target = self.target(principal)?;
        let written = finished::write(&finished, &target, self.force)?;
        tell(&finished, &target, &written);
        let files = match written {
            Written::Files(whole, files) => [vec![whole], files].concat(),
            Written::File(file) => vec![file],
            Written::Printed => Vec::new(),
        };
        let name = |path: &String| {
            Path::new(path)
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into())
        };
        Ok((Placed::In(files.iter().map(name).collect()), finished.fits()))
    }

    fn file(&mut self, principal: &Principal) -> &mut File {
        self.files.entry(principal.clone()).or_insert_with(|| File {
            name: unused_name(&mut self.names, principal),
            target: None,
            written: 0,
        })
    }

    fn target(&mut self, principal: &Principal) -> Result<Target, OutputError> {
        let folder = self.folder.clone();
        let (extension, force) = (self.extension, self.force);
        let file = self.file(principal);
        if let Some(target) = &file.target {
            return Ok(target.clone());
        }
        let target = Target::unlinked(&folder.join(format!("{}.{extension}", file.name)))?;
        overwriting::check(&target, force)?;
        file.target = Some(target.clone());
        Ok(target)
    }

    /// Removes what was written for a key before it was known whose it is.
    fn remove_renamed(&mut self, callers: &Callers) {
        let current: HashSet<&Principal> = callers.selected().map(|(it, _)| it).collect();
        let gone: Vec<_> = self.files.keys().filter(|it| !current.contains(it)).cloned().collect();
        for principal in gone {
            let Some(file) = self.files.remove(&principal) else { continue };
            self.names.remove(&file.name.to_ascii_lowercase());
            if file.written > 0
                && let Some(path) = file.target.as_ref().and_then(Target::file)
            {
                // What it held is in another file.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// A name that no other principal's file has, nor the documents that a policy is split into (`role-a-1.json`). `taken` are
/// those that are given, in lower case: some file systems do not tell it from upper case.
fn unused_name(taken: &mut HashSet<String>, principal: &Principal) -> String {
    let short = file_name(principal);
    let is_numbered = short.rsplit_once('-').is_some_and(|(_, end)| {
        (1..=3).contains(&end.len()) && end.bytes().all(|it| it.is_ascii_digit())
    });
    let account = match principal {
        Principal::Arn(arn) => account_of(arn).unwrap_or("no-account"),
        _ => "key",
    };
    let long = format!("{short}-{account}");
    let more = (2..).map(|number: u32| format!("{long}-{number}_"));
    let mut names = (!is_numbered).then_some(short).into_iter().chain([long.clone()]).chain(more);
    names.find(|name| taken.insert(name.to_ascii_lowercase())).unwrap_or(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_unique_and_nothing_but_names() {
        let mut taken = HashSet::new();
        let arn = |text: &str| Principal::Arn(text.to_owned());
        let key = |text: &str| Principal::Key(text.to_owned());
        for (principal, name) in [
            (arn("arn:aws:iam::111122223333:role/deploy"), "role-deploy"),
            (arn("arn:aws:iam::444455556666:role/Deploy"), "role-Deploy-444455556666"),
            (arn("arn:aws-cn:iam::444455556666:role/deploy"), "role-deploy-444455556666-2_"),
            (arn("arn:aws:iam::111122223333:role/deploy-1"), "role-deploy-1-111122223333"),
            (
                arn("arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_*"),
                "role-AWSReservedSSO_Admin",
            ),
            (arn("arn:aws:iam::111122223333:user/ann@example.com"), "user-ann@example.com"),
            (arn("arn:aws:iam::111122223333:root"), "root-111122223333"),
            (arn("arn:aws:sts::111122223333:federated-user/bob"), "federated-user-bob"),
            (arn("..:/../../x"), "x"),
            (key("AKIAIOSFODNN7EXAMPLE"), "AKIAIOSFODNN7EXAMPLE"),
            (key("../../etc/passwd"), "key-..-..-etc-passwd"),
            (key("con"), "key-con"),
            (Principal::Anonymous, "anonymous"),
            (Principal::Unknown, "unknown"),
        ] {
            assert_eq!(unused_name(&mut taken, &principal), name);
        }
    }
}
