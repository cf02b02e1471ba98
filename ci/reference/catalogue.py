#!/usr/bin/python3
"""Makes the inventories of data/catalogue/inventory: path, size and digest of every file
of a dataset that is published as a git repository.

    catalogue.py NAME GITDIR COMMIT [FOLDER] > NAME.tsv

GITDIR is a clone of the repository (https://github.com/PyMVPA/PyMVPA,
https://github.com/rsagroup/rsatoolbox, https://github.com/OpenNeuroDatasets/ds001506 or
ds001246). A file that git-annex keeps is a link whose name holds size and MD5; of any
other file the SHA-256 is computed. Hidden files are left out.
"""
import hashlib
import posixpath
import re
import subprocess
import sys

name, git_dir, commit = sys.argv[1:4]
folder = sys.argv[4].rstrip("/") + "/" if len(sys.argv) > 4 else ""


def git(*args):
    return subprocess.run(["git", "--git-dir", git_dir, *args], check=True, capture_output=True).stdout


print(f"# {name}: files of {git('rev-parse', commit + '^{commit}').decode().strip()} {folder}")
for entry in git("ls-tree", "-r", "-z", commit, *([folder] if folder else [])).decode().split("\0"):
    if not entry:
        continue
    (mode, _, blob), path = entry.split("\t")[0].split(), entry.split("\t")[1][len(folder):]
    if any(part.startswith(".") for part in path.split("/")):
        continue
    content = git("cat-file", "blob", blob)
    if mode == "120000":
        key = re.fullmatch(r"MD5E-s(\d+)--([0-9a-f]{32})\..*", posixpath.basename(content.decode()))
        size, digest = key[1], key[2]
    else:
        size, digest = len(content), hashlib.sha256(content).hexdigest()
    print(path, size, digest, sep="\t")
