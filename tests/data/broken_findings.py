"""The broken files: how each is checked, and word for word what is found there."""

from typing import NamedTuple


class Kind(NamedTuple):
    """All findings of one kind: the places with what is found at each."""

    severity: str
    name: str
    count: int
    fix: str
    places: dict[str, str]


class Row(NamedTuple):
    """The arguments of `tagger data check`, and what it finds."""

    arguments: str
    kinds: list[Kind]


ROWS = {
    "blank_lines.txt": Row(
        "blank_lines.txt",
        [
            Kind(
                "error",
                "empty file",
                1,
                "Give a file with at least one sentence, or leave it away.",
                {
                    "blank_lines.txt": "the file holds no sentence",
                },
            ),
        ],
    ),
    "byte_order_mark.txt": Row(
        "byte_order_mark.txt",
        [
            Kind(
                "warning",
                "odd character",
                1,
                "Take it out, or write it otherwise.",
                {
                    "byte_order_mark.txt:2:1": "the token 'Lee\\u200b' holds U+200B (zero width space)",
                },
            ),
            Kind(
                "note",
                "byte order mark",
                1,
                "Other tools may take it for part of the first token.",
                {
                    "byte_order_mark.txt:1:1": "the file begins with a byte order mark, which is left out",
                },
            ),
        ],
    ),
    "comments_like_rows.txt": Row(
        "comments_like_rows.txt --comments #",
        [
            Kind(
                "warning",
                "comment like a row",
                2,
                "If it is a token, choose another mark than corpus.comments has, or none.",
                {
                    "comments_like_rows.txt:1:1": "left out as a comment, though it has as many columns as a row: '# text'",
                    "comments_like_rows.txt:2:1": "left out as a comment, though it has as many columns as a row: '#tag NN'",
                },
            ),
        ],
    ),
    "crlf.txt": Row(
        "crlf.txt",
        [
            Kind(
                "note",
                "line ends",
                1,
                "Other tools may take the CR for part of the last column.",
                {
                    "crlf.txt:1:1": "all 2 lines end with CR LF, which is read as LF",
                },
            ),
        ],
    ),
    "empty.txt": Row(
        "empty.txt",
        [
            Kind(
                "error",
                "empty file",
                1,
                "Give a file with at least one sentence, or leave it away.",
                {
                    "empty.txt": "the file holds no sentence",
                },
            ),
        ],
    ),
    "empty_words.conllu": Row(
        "empty_words.conllu",
        [
            Kind(
                "error",
                "empty word",
                1,
                ("Give it a form as the second column; https://universaldependencies.org/format.html tells what the columns hold."),
                {
                    "empty_words.conllu:1:3": "the word is empty",
                },
            ),
        ],
    ),
    "illegal_at_the_end.txt": Row(
        "illegal_at_the_end.txt --scheme column2=iobes",
        [
            Kind(
                "error",
                "illegal tag",
                1,
                ("Mend it, or name the scheme (corpus.schemes.column2, --scheme column2=...); corpus.repair reads over it."),
                {
                    "illegal_at_the_end.txt:4:4": "column2: 'B-PER' may not end a sentence in IOBES",
                },
            ),
        ],
    ),
    "illegal_declared.txt": Row(
        "illegal_declared.txt --scheme column2=iob2",
        [
            Kind(
                "error",
                "illegal tag",
                3,
                ("Mend it, or name the scheme (corpus.schemes.column2, --scheme column2=...); corpus.repair reads over it."),
                {
                    "illegal_declared.txt:1:4": "column2: 'I-LOC' may not stand at the start of a sentence in IOB2",
                    "illegal_declared.txt:4:4": "column2: 'I-LOC' may not stand after 'B-PER' in IOB2",
                    "illegal_declared.txt:6:5": "column2: 'E-PER' is no IOB2 tag (expected O, B-..., I-...)",
                },
            ),
        ],
    ),
    "illegal_detected.txt": Row(
        "illegal_detected.txt",
        [
            Kind(
                "error",
                "illegal tag",
                1,
                ("Mend it, or name the scheme (corpus.schemes.column2, --scheme column2=...); corpus.repair reads over it."),
                {
                    "illegal_detected.txt:162:6": "column2: 'I-LOC' may not stand after 'O' in IOB2",
                },
            ),
        ],
    ),
    "invisible_tokens.txt": Row(
        "invisible_tokens.txt",
        [
            Kind(
                "warning",
                "odd character",
                2,
                "Take the token out.",
                {
                    "invisible_tokens.txt:2:1": "the token '\\u200e' can't be seen",
                    "invisible_tokens.txt:3:1": "the token '\\u200d\\ufe0f' can't be seen",
                },
            ),
        ],
    ),
    "long_sentence.txt": Row(
        "long_sentence.txt",
        [
            Kind(
                "note",
                "long sentence",
                1,
                "Told from 201 tokens on: is a blank line missing?",
                {
                    "long_sentence.txt:1:1": "a sentence of 201 tokens: 'word word word word word word ...'",
                },
            ),
        ],
    ),
    "long_tokens.txt": Row(
        "long_tokens.txt",
        [
            Kind(
                "note",
                "long token",
                1,
                "Told from 61 characters on.",
                {
                    "long_tokens.txt:2:1": "a token of 61 characters: '----------------------------------------...'",
                },
            ),
        ],
    ),
    "misaligned_spans.jsonl": Row(
        "misaligned_spans.jsonl --tokenizer whitespace",
        [
            Kind(
                "error",
                "misaligned span",
                1,
                (
                    "Say what becomes of such spans: corpus.misaligned: snap in the recipe, --misaligned snap "
                    "of `tagger data convert`\n"
                    "(snap: widened to whole tokens; split: the tokens are split; drop: left out)."
                ),
                {
                    "misaligned_spans.jsonl:1": "span 'Ann Le' (0-6, PER) cuts token 'Lee' (4-7)",
                },
            ),
        ],
    ),
    "mixed_files": Row(
        "mixed_files",
        [
            Kind(
                "error",
                "scheme",
                1,
                "Bring all files to one scheme with `tagger data convert`.",
                {
                    "mixed_files": (
                        "column2: the files are in different schemes (train: IOB1: 2 spans begin with I-, 2 with "
                        "B- and only right after a span of the same label; dev: IOB2: all 2 spans begin with B-)"
                    ),
                },
            ),
            Kind(
                "warning",
                "not in train",
                1,
                "It can't be learned: each will be scored as missed.",
                {
                    "mixed_files/dev.txt:1:6": "column2: 'LOC' is in dev but not in train",
                },
            ),
        ],
    ),
    "mixed_in_a_file.txt": Row(
        "mixed_in_a_file.txt",
        [
            Kind(
                "error",
                "scheme",
                1,
                (
                    "Name the scheme (--scheme column2=..., or corpus.schemes) and check again: each place "
                    "that breaks it is then told."
                ),
                {
                    "mixed_in_a_file.txt": (
                        "column2: no scheme fits for certain (pairs of tags that break it: IOB2 3, IOBES 3, IOB1 3, BMES 3; of 6)"
                    ),
                },
            ),
        ],
    ),
    "mixed_line_ends.txt": Row(
        "mixed_line_ends.txt",
        [
            Kind(
                "warning",
                "line ends",
                1,
                "Bring them to one form, for example with dos2unix.",
                {
                    "mixed_line_ends.txt:3:1": "2 of 5 lines end with CR LF, the others with LF; the first that differs is line 3",
                },
            ),
        ],
    ),
    "no_confidence.yaml": Row(
        "no_confidence.yaml",
        [
            Kind(
                "error",
                "no confidence",
                2,
                "Write a number such as 0.8, or leave corpus.confidence away.",
                {
                    "no_confidence.txt:2:4": "conf: '1.2' is no confidence from 0 to 1",
                    "no_confidence.txt:3:7": "conf: 'high' is no confidence from 0 to 1",
                },
            ),
        ],
    ),
    "no_json.jsonl": Row(
        "no_json.jsonl",
        [
            Kind(
                "error",
                "no JSON",
                1,
                (
                    "The records that are read:\n"
                    '{"tokens": ["Anna", "rests"], "tags": ["B-PER", "O"]}\n'
                    '{"text": "Anna rests", "spans": [{"start": 0, "end": 4, "label": "PER"}]}\n'
                    "the exports of spaCy, Prodigy, Doccano and Label Studio (JSON or JSON_MIN)"
                ),
                {
                    "no_json.jsonl:2:19": "no JSON: Expecting ',' delimiter",
                },
            ),
        ],
    ),
    "no_tag_detected.txt": Row(
        "no_tag_detected.txt",
        [
            Kind(
                "error",
                "scheme",
                1,
                (
                    "Name the scheme (--scheme column2=..., or corpus.schemes) and check again: each place "
                    "that breaks it is then told."
                ),
                {
                    "no_tag_detected.txt:7:4": "column2: 'PERSON' is no tag of a span in any scheme",
                },
            ),
        ],
    ),
    "no_tags.txt": Row(
        "no_tags.txt --scheme column2=iob2",
        [
            Kind(
                "error",
                "illegal tag",
                3,
                ("Mend it: no scheme has such a tag, and no repair reads it."),
                {
                    "no_tags.txt:2:4": "column2: 'PERSON' is no IOB2 tag (expected O, B-..., I-...)",
                    "no_tags.txt:4:7": "column2: '-' is no IOB2 tag (expected O, B-..., I-...)",
                    "no_tags.txt:5:6": "column2: 'B-' is no IOB2 tag (expected O, B-..., I-...)",
                },
            ),
        ],
    ),
    "not_in_train": Row(
        "not_in_train --columns word,pos,ner",
        [
            Kind(
                "warning",
                "not in train",
                4,
                "It can't be learned: each will be scored as missed.",
                {
                    "not_in_train/dev.txt:1:4": "pos: 'IN' is in dev but not in train",
                    "not_in_train/test.txt:1:6": "pos: 'NN' is in test but not in train",
                    "not_in_train/dev.txt:2:10": "ner: 'LOC' is in dev but not in train",
                    "not_in_train/test.txt:1:9": "ner: 'LOC' is in test but not in train",
                },
            ),
        ],
    ),
    "not_utf8.txt": Row(
        "not_utf8.txt",
        [
            Kind(
                "error",
                "not UTF-8",
                1,
                "Convert it, for example with `iconv -f latin1 -t utf-8`.",
                {
                    "not_utf8.txt:2:3": "not UTF-8: byte 0xfc after 'üZ'",
                },
            ),
        ],
    ),
    "number_signs.txt": Row(
        "number_signs.txt",
        [
            Kind(
                "note",
                "# at the start",
                2,
                ("If these lines are comments, say so: corpus.comments: '#' in the recipe, or --comments '#'."),
                {
                    "number_signs.txt:1:1": "read as a token, not as a comment: '# NN'",
                    "number_signs.txt:2:3": "read as a token, not as a comment: '#tag NN'",
                },
            ),
        ],
    ),
    "odd_characters.txt": Row(
        "odd_characters.txt",
        [
            Kind(
                "warning",
                "odd character",
                6,
                "Take it out, or write it otherwise.",
                {
                    "odd_characters.txt:2:3": "the token 'zero\\u200bwidth' holds U+200B (zero width space)",
                    "odd_characters.txt:3:1": "the token 'no\\xa0break' holds U+00A0 (no-break space)",
                    "odd_characters.txt:4:1": "the token 'bell\\x07' holds U+0007 (a control character)",
                    "odd_characters.txt:5:1": "the token 'lost�' holds U+FFFD (replacement character)",
                    "odd_characters.txt:6:1": "the token 'soft\\xadhyphen' holds U+00AD (soft hyphen)",
                    "odd_characters.txt:7:1": "the token 'при\\u2060вет' holds U+2060 (word joiner)",
                },
            ),
        ],
    ),
    "other_tags.txt": Row(
        "other_tags.txt",
        [
            Kind(
                "warning",
                "other tags",
                2,
                "Which one is right? The same words in the same order seldom mean two things.",
                {
                    "other_tags.txt:5:5": "column2: 'won' is VBN here, but VBD in the same sentence at other_tags.txt:1:1",
                    "other_tags.txt:4:10": "column3: 'Rome' is B-ORG here, but B-LOC in the same sentence at other_tags.txt:1:1",
                },
            ),
        ],
    ),
    "overlapping_spans.jsonl": Row(
        "overlapping_spans.jsonl",
        [
            Kind(
                "error",
                "overlapping spans",
                1,
                ("Offsets count the characters of the text from 0, the end exclusive; the spans of one task may not overlap."),
                {
                    "overlapping_spans.jsonl:2": "spans overlap: 'Ann Lee' (0-7, PER) and 'Lee' (4-7, PER)",
                },
            ),
        ],
    ),
    "partly_unknown.txt": Row(
        "partly_unknown.txt --scheme column2=iob2 --unknown _",
        [
            Kind(
                "error",
                "illegal tag",
                2,
                ("Mend the tag, or mark it as unknown too; beside unknown tags nothing is repaired."),
                {
                    "partly_unknown.txt:9:4": "column2: 'I-PER' can't stand here in IOB2, whatever the unknown tags before it are",
                    "partly_unknown.txt:12:5": "column2: 'PERSON' is no IOB2 tag (expected O, B-..., I-...)",
                },
            ),
        ],
    ),
    "ragged_rows.conllu": Row(
        "ragged_rows.conllu",
        [
            Kind(
                "error",
                "ragged row",
                2,
                (
                    "Columns are separated by single tabs; https://universaldependencies.org/format.html tells "
                    "what the columns hold."
                ),
                {
                    "ragged_rows.conllu:2:22": "11 columns where CoNLL-U has 10: '2\t東京\t_\t_\t_\t_\t_\t_\t_\t_\t_'",
                    "ragged_rows.conllu:3:15": "1 column where CoNLL-U has 10: '2 rests _ VERB'",
                },
            ),
        ],
    ),
    "ragged_rows.tsv": Row(
        "ragged_rows.tsv --columns word,pos,ner --scheme ner=iob2 --tab",
        [
            Kind(
                "error",
                "ragged row",
                4,
                "Each line must hold word, pos and ner: corpus.columns in the recipe, or --columns.",
                {
                    "ragged_rows.tsv:2:4": "an empty column where 3 were expected: '東京\t\tB-LOC'",
                    "ragged_rows.tsv:3:1": "an empty column where 3 were expected: '\tRB\tO'",
                    "ragged_rows.tsv:4:10": "4 columns where 3 were expected: 'is\tVBZ\tO\tx'",
                    "ragged_rows.tsv:5:4": "1 column where 3 were expected: 'big'",
                },
            ),
        ],
    ),
    "ragged_rows.txt": Row(
        "ragged_rows.txt --columns word,pos,ner --scheme ner=iob2",
        [
            Kind(
                "error",
                "ragged row",
                3,
                (
                    "Each line must hold word, pos and ner: corpus.columns in the recipe, or --columns.\n"
                    "If the line is a comment, say so: corpus.comments: '#' in the recipe, or --comments '#'."
                ),
                {
                    "ragged_rows.txt:2:11": "2 columns where 3 were expected: 'sleeps VBZ'",
                    "ragged_rows.txt:4:14": "4 columns where 3 were expected: '東京 NNP\tB-LOC O'",
                    "ragged_rows.txt:7:12": "5 columns where 3 were expected: '# text VBZ = x'",
                },
            ),
            Kind(
                "warning",
                "tabs and spaces",
                1,
                ("Where tokens hold spaces, say that columns are separated by tabs: corpus.separator: tab, or --tab."),
                {
                    "ragged_rows.txt:4:7": "columns are separated by tabs and by spaces (5 by spaces, 1 by both)",
                },
            ),
            Kind(
                "note",
                "# at the start",
                1,
                ("If these lines are comments, say so: corpus.comments: '#' in the recipe, or --comments '#'."),
                {
                    "ragged_rows.txt:7:1": "read as a token, not as a comment: '# text VBZ = x'",
                },
            ),
        ],
    ),
    "ranges_and_empty_nodes.conllu": Row(
        "ranges_and_empty_nodes.conllu",
        [
            Kind(
                "note",
                "multiword ranges",
                1,
                "So Universal Dependencies want it.",
                {
                    "ranges_and_empty_nodes.conllu:2:1": "multiword range 1-2 is no token: its words are",
                },
            ),
            Kind(
                "note",
                "empty nodes",
                1,
                "So Universal Dependencies want it.",
                {
                    "ranges_and_empty_nodes.conllu:5:1": "empty node 2.1 is no token",
                },
            ),
        ],
    ),
    "rare_tags.txt": Row(
        "rare_tags.txt",
        [
            Kind(
                "note",
                "rare tag",
                2,
                "Likely slips of annotation: look at them.",
                {
                    "rare_tags.txt:201:5": "column2: 'the' is NN once, here first, and DT 196 times",
                    "rare_tags.txt:202:5": "column2: 'the' is IN twice, here first, and DT 196 times",
                },
            ),
        ],
    ),
    "repaired_tags.yaml": Row(
        "repaired_tags.yaml",
        [
            Kind(
                "error",
                "illegal tag",
                1,
                ("Mend it: no scheme has such a tag, and no repair reads it."),
                {
                    "repaired_tags.txt:3:4": "ner: 'PERSON' is no IOB2 tag (expected O, B-..., I-...)",
                },
            ),
            Kind(
                "warning",
                "repaired tag",
                1,
                "Read over by corpus.repair: conlleval.",
                {
                    "repaired_tags.txt:2:6": "ner: 'I-LOC' may not stand after 'O' in IOB2",
                },
            ),
        ],
    ),
    "skipped_records.jsonl": Row(
        "skipped_records.jsonl",
        [
            Kind(
                "note",
                "reading",
                1,
                "",
                {
                    "": "skipped_records.jsonl: 1 record was skipped: answer 'reject' (line 2)",
                },
            ),
        ],
    ),
    "spaces_among_tabs.txt": Row(
        "spaces_among_tabs.txt",
        [
            Kind(
                "warning",
                "tabs and spaces",
                1,
                ("Where tokens hold spaces, say that columns are separated by tabs: corpus.separator: tab, or --tab."),
                {
                    "spaces_among_tabs.txt:2:5": "columns are separated by tabs and by spaces (2 by tabs, 1 by spaces)",
                },
            ),
        ],
    ),
    "spaces_in_tokens.tsv": Row(
        "spaces_in_tokens.tsv --tab",
        [
            Kind(
                "warning",
                "odd character",
                2,
                "Take it out, or write it otherwise.",
                {
                    "spaces_in_tokens.tsv:2:1": "the token ' Ann' holds U+0020 (space)",
                    "spaces_in_tokens.tsv:3:1": "the token 'Bo ' holds U+0020 (space)",
                },
            ),
        ],
    ),
    "tabs_among_spaces.txt": Row(
        "tabs_among_spaces.txt",
        [
            Kind(
                "warning",
                "tabs and spaces",
                1,
                ("Where tokens hold spaces, say that columns are separated by tabs: corpus.separator: tab, or --tab."),
                {
                    "tabs_among_spaces.txt:3:3": "columns are separated by tabs and by spaces (1 by tabs, 3 by spaces)",
                },
            ),
        ],
    ),
    "tabs_and_spaces_in_a_line.txt": Row(
        "tabs_and_spaces_in_a_line.txt",
        [
            Kind(
                "warning",
                "tabs and spaces",
                1,
                ("Where tokens hold spaces, say that columns are separated by tabs: corpus.separator: tab, or --tab."),
                {
                    "tabs_and_spaces_in_a_line.txt:1:4": "columns are separated by tabs and by spaces (1 by spaces, 1 by both)",
                },
            ),
        ],
    ),
    "two_spellings.txt": Row(
        "two_spellings.txt",
        [
            Kind(
                "warning",
                "two spellings",
                1,
                "If they mean the same, write them the same.",
                {
                    "two_spellings.txt:5:4": "column2: 'per' and 'PER' (two_spellings.txt:1:5) differ only in case",
                },
            ),
        ],
    ),
    "two_splits": Row(
        "two_splits",
        [
            Kind(
                "warning",
                "in train and dev",
                1,
                ("Of dev, 50.0% stand in train too, 0 of these with ten tokens or more: scores on them flatter."),
                {
                    "two_splits/dev.txt:3:1": "the sentence stands in train too, at two_splits/train.txt:1:1",
                },
            ),
            Kind(
                "warning",
                "in dev and test",
                1,
                ("Of test, 33.3% stand in dev too, 0 of these with ten tokens or more: scores on them flatter."),
                {
                    "two_splits/test.txt:1:1": "the sentence stands in dev too, at two_splits/dev.txt:1:1",
                },
            ),
            Kind(
                "warning",
                "in train and test",
                1,
                ("Of test, 33.3% stand in train too, 0 of these with ten tokens or more: scores on them flatter."),
                {
                    "two_splits/test.txt:3:1": "the sentence stands in train too, at two_splits/train.txt:4:1",
                },
            ),
        ],
    ),
    "unknown_beside_iob1.txt": Row(
        "unknown_beside_iob1.txt --unknown _",
        [
            Kind(
                "error",
                "scheme",
                1,
                "Convert the tags with `tagger data convert` before any is hidden.",
                {
                    "unknown_beside_iob1.txt": (
                        "column2: IOB1: 2 spans begin with I-, 1 with B- and only right after a span of the same "
                        "label; but beside unknown tags only iob2, iobes, bmes, bmeow, bilou can be read"
                    ),
                },
            ),
        ],
    ),
    "unknown_marks.txt": Row(
        "unknown_marks.txt",
        [
            Kind(
                "warning",
                "unknown tag?",
                2,
                (
                    "If it means that the tag is not known, say so: corpus.unknown: '_', or --unknown '_'.\n"
                    "If it means that the tag is not known, say so: corpus.unknown: '?', or --unknown '?'."
                ),
                {
                    "unknown_marks.txt:2:7": "column2: '_' is read as a tag",
                    "unknown_marks.txt:3:6": "column2: '?' is read as a tag",
                },
            ),
        ],
    ),
    "unreadable_records.jsonl": Row(
        "unreadable_records.jsonl",
        [
            Kind(
                "error",
                "unreadable record",
                1,
                "Give one tag for each token.",
                {
                    "unreadable_records.jsonl:2": "tags has 1 strings for 2 tokens",
                },
            ),
        ],
    ),
    "word_ids.conllu": Row(
        "word_ids.conllu",
        [
            Kind(
                "error",
                "word id",
                3,
                (
                    "A word is missing, or the ids are not counted from 1; "
                    "https://universaldependencies.org/format.html tells what the columns hold.\n"
                    "Write 1, 1-2 or 1.1 as the first column; https://universaldependencies.org/format.html "
                    "tells what the columns hold."
                ),
                {
                    "word_ids.conllu:2:1": "word 3 where 2 was expected",
                    "word_ids.conllu:3:1": "'x' is no id",
                    "word_ids.conllu:6:1": "word 2 where 1 was expected",
                },
            ),
        ],
    ),
    "document_marks.txt": Row(
        "document_marks.txt --scheme column2=iob2",
        [
            Kind(
                "warning",
                "document mark?",
                2,
                "Write -DOCSTART-, or say corpus.document_marker.",
                {
                    "document_marks.txt:1:1": "'--DOCSTART--' is read as a token; -DOCSTART- begins a document",
                    "document_marks.txt:6:1": "'-docstart-' is read as a token; -DOCSTART- begins a document",
                },
            ),
        ],
    ),
    "key_twice.conllu": Row(
        "key_twice.conllu --columns ner=misc.ner",
        [
            Kind(
                "error",
                "key twice",
                1,
                "Leave one of them.",
                {
                    "key_twice.conllu:1:25": "misc holds 'ner=' 2 times",
                },
            ),
        ],
    ),
    "no_labels.yaml": Row(
        "no_labels.yaml",
        [
            Kind(
                "error",
                "no label",
                1,
                "Is corpus.columns right?",
                {
                    "no_labels.txt": "train holds no ner label",
                },
            ),
        ],
    ),
    "no_train_split.yaml": Row(
        "no_train_split.yaml",
        [
            Kind(
                "error",
                "no train split",
                1,
                "Add a file that is called train, or name it in the recipe as corpus.train.",
                {
                    "no_train_split.txt": "there is no train split",
                },
            ),
        ],
    ),
    "odd_tags.txt": Row(
        "odd_tags.txt --scheme column2=iob2",
        [
            Kind(
                "error",
                "odd tag",
                1,
                "Take it out: it makes another tag of it.",
                {
                    "odd_tags.txt:3:5": "column2: the tag 'B-PER\\u200b' begins or ends with white space, "
                    "or holds what can't be seen",
                },
            ),
        ],
    ),
    "confidences.yaml": Row(
        "confidences.yaml",
        [
            Kind(
                "error",
                "no confidence",
                1,
                "Write a number such as 0.8, or leave corpus.confidence away.",
                {
                    "confidences.txt:2:9": "sure: '2' is no confidence from 0 to 1",
                },
            ),
            Kind(
                "error",
                "odd tag",
                1,
                "Take it out: it makes another tag of it.",
                {
                    "confidences.txt:5:5": "ner: the tag 'B-PER\\u200b' begins or ends with white space, "
                    "or holds what can't be seen",
                },
            ),
        ],
    ),
    "left_out": Row(
        "left_out",
        [
            Kind(
                "note",
                "left out",
                1,
                "To read them too, name the files.",
                {
                    "left_out": "left out: eval.txt, whose name tells of no split",
                },
            ),
        ],
    ),
}
