#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# docs.sh - the documentation is whole. Each page and each example becomes a page. All links lead somewhere: a planted
# broken one is an error. The search finds each public name. leat.txt has every file. Each picture is of its text.
. "$(dirname "$0")/begin"
export LC_ALL=C.UTF-8
command -v python3 >/dev/null || { echo "python3 is not installed: the documentation is not made"; exit 0; }

# fails_with WORDS COMMAND... - it ends with an error that says so.
fails_with() {
	words=$1
	shift
	! "$@" >"$dir/said" 2>&1 && grep -qF "$words" "$dir/said" || fail "$* fails with: $words"
}

python3 -B lib/docs/pictures.py --check docs/guide/pictures
cp -r docs/guide/pictures "$dir/pictures"
for picture in "$dir"/pictures/*.dot; do
	echo '// another line' >>"$picture"
	fails_with "$picture: " python3 -B lib/docs/pictures.py --check "$dir/pictures"
	break
done

for tool in cmark-gfm mandoc; do
	command -v $tool >/dev/null || { echo "$tool is not installed: the pages are not made"; exit 0; }
done
python3 -B lib/man/pages.py "$dir/man"
python3 -B lib/docs/build.py "$dir/man" "$dir/docs"

# All public names: those that the compiler sees, but private ones, which end in _, and tags of structs.
printf '#include <leat.h>\n' >"$dir/all.c"
{
	$CC -std=c11 -Iinclude -E -P "$dir/all.c" | sed 's/struct leat_[a-z_]*//g' | grep -o '\b\(leat\|LEAT\)_[A-Za-z0-9_]*'
	$CC -std=c11 -Iinclude -dM -E "$dir/all.c" | sed -n 's/^#define \(\(leat\|LEAT\)_[A-Za-z0-9_]*\).*/\1/p'
} | grep -v '_$\|_H$' | sort -u >"$dir/names"

python3 -B - "$dir" <<'END'
import glob
import json
import os
import re
import sys

out = sys.argv[1]
wrong = []


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def page_of(source):
    """Where the page of a source is."""
    return re.sub(r'README\.html$', 'index.html', os.path.splitext(source.removeprefix('docs/'))[0] + '.html')


def look_at_page(url):
    """It has one title, and the words of a page."""
    if not os.path.exists(f'{out}/docs/{url}'):
        wrong.append(f'there is no {url}')
        return
    text = read(f'{out}/docs/{url}')
    for part in '<main', '<nav id="contents"', 'lang="en"', '</html>':
        if part not in text:
            wrong.append(f'{url} has no {part}')
    if text.count('<h1>') != 1:
        wrong.append(f'{url} has not one title')
    if re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?)"', text):
        wrong.append(f'{url} needs the network')


sources = glob.glob('*.md') + glob.glob('docs/**/*.md', recursive=True) + glob.glob('docs/examples/**/*.c', recursive=True)
for source in sources:
    look_at_page(page_of(source))
for page in glob.glob(f'{out}/man/man?/*'):
    if not read(page).startswith('.so '):
        look_at_page(f'man/{os.path.basename(page)}.html')

entries = json.loads(read(f'{out}/docs/found.js').removeprefix('window.leatPages = ').rstrip('\n;'))
found = {entry[1]: entry[3].split('#')[0] for entry in entries}
names = read(f'{out}/names').split()
wrong += [f'the search does not find {name}' for name in names if name not in found]
wrong += [f'{found[name]} does not have {name}' for name in names if
          name in found and name not in read(f'{out}/docs/{found[name]}')]
listed = read(f'{out}/docs/man/index.html')
wrong += [f'man/index.html does not have {name}' for name in names if f'>{name}</a>' not in listed]

lines = read(f'{out}/docs/leat.txt').split('\n')
starts = {path: int(number) for number, path in re.findall(r'^ *(\d+)  (\S+)$', '\n'.join(lines[:1000]), re.M)}
for source in sources + glob.glob('include/**/*.h', recursive=True):
    at = starts.get(source, 0)
    if lines[at:at + 1] != [f'FILE: {source}'] and lines[at - 1:at] != [f'FILE: {source}']:
        wrong.append(f'leat.txt does not have {source} where it says')
if len(names) < 300 or len(sources) < 100:
    wrong.append('the names or the pages were not found')
print(f'{len(sources)} pages, {len(names)} names, {len(entries)} entries for the search')
sys.exit('\n'.join(wrong) or 0)
END

# A copy with broken links, and one with a page that nothing lists.
mkdir "$dir/copy"
ln -s "$PWD"/* "$dir/copy/"
rm "$dir/copy/docs"
cp -r docs "$dir/copy/docs"
printf '\nSee [this](no-such-file.md), [that](design.md#no-such-heading) and [here](#nowhere).\n' >>"$dir/copy/docs/cpp.md"
fails_with 'docs/cpp.md: no such file: no-such-file.md' python3 -B "$dir/copy/lib/docs/build.py" "$dir/man" "$dir/broken"
for link in 'design.html#no-such-heading' '#nowhere'; do
	grep -qxF "cpp.html: broken link: $link" "$dir/said" || fail "this link is found to be broken: $link"
done
printf '# Alone\n' >"$dir/copy/docs/alone.md"
fails_with 'docs/alone.md' python3 -B "$dir/copy/lib/docs/build.py" "$dir/man" "$dir/broken"

command -v node >/dev/null || { echo "node is not installed: the search is not tried"; exit 0; }
cat >"$dir/search.js" <<'END'
const fs = require('fs');
const element = {dataset: {}, querySelector: () => element, querySelectorAll: () => [], addEventListener() {}};
global.document = {...element, getElementById: () => element};
global.window = {addEventListener() {}};
global.location = {hash: ''};
const [search_js, found_js, names] = process.argv.slice(2).map(path => fs.readFileSync(path, 'utf8'));
const find = new Function(`${search_js}\n${found_js}\nentries = window.leatPages.map(to_entry);\nreturn search;`)();

function look(query, name) {
	const first = find(query)[0]?.name;
	if (first !== name)
		process.exitCode = console.log(`a search for ${query} finds first: ${first}`) ?? 1;
}

names.trim().split('\n').forEach(name => look(name, name));
look('p46', 'range.c');
look('P04', 'value.c');
look('fig-cond-broadcast.go', 'cond.c');
look('fig-sync-once', 'once.c');
look('leat select n', 'leat_select_n');
look('work stealing', 'Work stealing');
look('zzzq', undefined);
END
node "$dir/search.js" lib/docs/search.js "$dir/docs/found.js" "$dir/names"
