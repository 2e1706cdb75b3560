# What zsh offers for a line: `zsh -f complete.zsh FOLDER LINE FOUND`.
# FOLDER holds the script as _asrd; a shell in a terminal of its own gets LINE and TAB, and every word that it would
# show goes into the file FOUND, whose last line is END.
zmodload zsh/zpty
zpty shell zsh -f -i
{
    zpty -w shell "fpath=(${(q)1} \$fpath) FOUND=${(q)3}"
    zpty -w shell 'PROMPT=; autoload -Uz compinit; compinit -u -C -d $FOUND.known
        zstyle ":completion:*" insert-tab false
        compadd() {
            if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
            typeset -a found; builtin compadd -A found "$@"
            (( $#found )) && print -rl -- $found >> $FOUND
            builtin compadd "$@"
        }
        finish() { print -r -- END >> $FOUND; exit }
        comppostfuncs=(finish)
        bindkey "^I" complete-word'
    zpty -w -n shell "$2"$'\t'
    repeat 600; do # 30 s
        [[ -e $3 && "$(<$3)" == *END ]] && break
        zpty -r -t shell >/dev/null
        sleep 0.05
    done
} always { zpty -d shell }
