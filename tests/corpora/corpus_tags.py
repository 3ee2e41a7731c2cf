"""What a corpus holds, as strings; and CoNLL-U from words and what their last fields hold."""


def tags_of(corpus, split="train"):
    names = corpus.tag_names("ner")
    return [[names[tag] for tag in tags] for tags in corpus[split]["ner"]]


def conllu(*rows):
    return "".join("\t".join([str(index), word, *["_"] * 7, misc]) + "\n" for index, (word, misc) in enumerate(rows, 1)) + "\n"
