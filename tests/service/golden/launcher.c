/* Written by `asrd service install`; `asrd service uninstall` removes it.
 *
 * The program of asrd.app. macOS grants the microphone (and typing) to the program that launchd started, and what that
 * one starts itself may use the grant. A script has no identity of its own, so this small program stays as the parent
 * of the interpreter: it starts it, hands signals on, and ends as it ends. What it starts is fixed below; only words
 * after `asrd` can be given.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *const program[] = {
    "/opt/asrd/bin/python",
    "-m",
    "asrd",
};
enum { WORDS = sizeof program / sizeof *program };

static const int handed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
enum { SIGNALS = sizeof handed_on / sizeof *handed_on };

static volatile pid_t child;

static void hand_on(int number)
{
    int before = errno;
    if (child > 0)
        kill(child, number);
    errno = before;
}

/* Start it with the signals as they were before; returns an error number. */
static int start(char **words, const sigset_t *unblocked)
{
    posix_spawnattr_t attributes;
    pid_t started = 0;
    int error = posix_spawnattr_init(&attributes);
    if (error)
        return error;
    posix_spawnattr_setsigmask(&attributes, unblocked);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawn(&started, words[0], NULL, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    if (!error)
        child = started;
    return error;
}

/* End as the child did, so that launchd sees a crash as a crash; its core is enough. */
static int end_as(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    struct rlimit none = {0, 0};
    sigset_t one;
    setrlimit(RLIMIT_CORE, &none);
    signal(WTERMSIG(status), SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    char **words = calloc(WORDS + (size_t)argc + 1, sizeof *words);
    sigset_t blocked, unblocked;
    struct sigaction action;
    int status, error;

    if (!words)
        return 71;
    memcpy(words, program, sizeof program);
    for (int i = 1; i < argc; i++)
        words[WORDS + i - 1] = argv[i];

    /* A signal that comes before the child is known waits until it is. */
    sigemptyset(&blocked);
    memset(&action, 0, sizeof action);
    action.sa_handler = hand_on;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++)
        sigaddset(&blocked, handed_on[i]);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(handed_on[i], &action, NULL);
    error = start(words, &unblocked);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    if (error) {
        fprintf(stderr, "asrd: %s cannot be started (%s): install the service again\n", words[0], strerror(error));
        return 71;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 71;
    child = 0;
    return end_as(status);
}
