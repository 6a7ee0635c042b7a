"""The story of ``make run``: from a fresh clone to a service that answers, and down again cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import upgrade
from handoff.adapters.database.store import check_key_file
from handoff.adapters.profiles import load_profile
from handoff.addresses import is_loopback, port_of
from handoff.alarm_reach import desk_only_warning
from handoff.alarm_settings import alarm_setting_names
from handoff.domain.errors import ConfigurationError, TsunagiError
from handoff.domain.profile.gaps import blocking_nulls, gaps_for_students
from handoff.installation import check_address, check_owner, complete, uses_simulator
from handoff.settings import ROOT, Settings, unknown_names
from handoff.supervisor.answers import http_answers
from handoff.supervisor.ports import PortUse, check_ports
from handoff.supervisor.process import ProcessSpec
from handoff.supervisor.progress import Progress
from handoff.supervisor.supervisor import Supervisor
from handoff.training import bot_environment, bot_python, model_path, training_spec
from kernel.model_record import is_recorded
from kernel.sealing import Keyring, Sealer, SealingError, ensure_key_file

_NICENESS: Final = {"worker": 4, "actions": 4, "rasa": 10}
"""On a busy machine the front door comes first, because LINE waits two seconds, and Rasa last."""
_ALL_READY_SECONDS: Final = 60.0


async def up(settings: Settings) -> int:
    """Sets up what is missing, starts every process, keeps them alive until Ctrl-C or SIGTERM; the exit code.

    0 after a clean stop, 1 when the start failed: then one line said why, and nothing is left running.
    """
    progress = Progress()
    try:
        async with Supervisor(settings.var, progress.say) as supervisor:
            start = _Start(settings, supervisor, progress)
            try:
                await supervisor.supervise(start.run())
            finally:
                with progress, progress.step("止めています / stopping"):
                    await supervisor.stop()
                start.clean_up()
    except (TsunagiError, SealingError) as error:
        progress.say(f"起動できません: {error}")
        return 1
    progress.say("止まりました。")
    return 0


class _Start:
    """One start, from checks to addresses."""

    def __init__(self, settings: Settings, supervisor: Supervisor, progress: Progress) -> None:
        self._given = settings
        self._supervisor = supervisor
        self._progress = progress
        self._postgres: EmbeddedPostgres | None = None

    def clean_up(self) -> None:
        """Takes away what only a running service needs."""
        if self._postgres is not None:
            self._postgres.remove_socket_folder()

    async def run(self) -> None:
        """Everything in its order; raises before anything was changed where a check fails."""
        with self._progress as progress:
            with progress.step("設定を確認しています / settings, profile, ports"):
                self._check()
            self._prepare_keys()
            self._settings = complete(self._given)
            self._environment = _environment(self._settings)
            await self._start_database()
            # Rasa takes longest, so it comes up beside everything else.
            await _together(self._start_rasa, self._start_service)
            with progress.step("全体の応答を確認しています / readiness"):
                await self._wait_all_ready()
        self._print_addresses()

    def _check(self) -> None:
        settings = self._given
        for name in unknown_names():
            self._progress.say(f"注意: {name} という設定はありません。綴りを確かめてください。")
        check_owner(settings)
        check_address(settings)
        bot_python()
        profile = load_profile(settings.profile)
        gaps = blocking_nulls(profile) if settings.standin else gaps_for_students(profile)
        if gaps:
            first = f"{settings.profile.name}: {len(gaps)} 項目が未定です (例: {gaps[0].path} — {gaps[0].reason})"
            if not settings.standin:
                raise ConfigurationError(
                    f"{first}。すべて決まるまで本物のLINEでは始められません。一覧: tsunagi profile check {settings.profile}"
                )
            self._progress.say(f"注意: {first}。模擬LINEなので、仮の文で始めます。")
        silence = desk_only_warning(profile, settings.alarm_media)
        if silence is not None:
            self._progress.say(f"注意: {silence}")
        self._starts_simulator = uses_simulator(settings)
        self._starts_rasa = is_loopback(settings.rasa_url)
        self._starts_actions = is_loopback(settings.actions_url)
        uses = [PortUse("ウェブ", settings.host, settings.port, "TSUNAGI_PORT")]
        for started, what, url, setting in (
            (self._starts_rasa, "Rasa", settings.rasa_url, "TSUNAGI_RASA_URL"),
            (self._starts_actions, "アクション", settings.actions_url, "TSUNAGI_ACTIONS_URL"),
            (self._starts_simulator, "模擬LINE", settings.simulator_url, "TSUNAGI_SIMULATOR_URL"),
        ):
            if started:
                uses.append(PortUse(what, "127.0.0.1", port_of(url), setting))
        check_ports(uses)
        if self._starts_simulator:
            self._progress.say(
                "LINEのチャネル情報がないので、模擬LINE (シミュレータ) で始めます。/ no LINE credentials: simulator"
            )

    def _prepare_keys(self) -> None:
        """Raises: KeyFileError: the file can't be used; ConfigurationError: one was named, or is needed, and isn't there."""
        path = self._given.sealing_key_file
        if path.exists():
            Keyring.from_file(path)
            return
        if self._given.key_file is not None or self._given.database_url is not None:
            # Somebody said where it is, or has a database: a fresh key would open nothing of what is kept there.
            raise ConfigurationError(
                f"鍵のファイル {path} がありません。控えから戻してください。はじめて使うときは `tsunagi keys create` で作れます。"
            )
        if _has_database(self._given.var):
            # A fresh key would make everything that is kept unreadable, and nobody would notice until later.
            raise ConfigurationError(
                f"データベースはありますが、鍵 {path} がありません。控えから戻すか、TSUNAGI_KEY_FILE を設定してください。"
            )
        if ensure_key_file(path):
            self._progress.say(
                f"✓ 鍵を作りました: {path} — なくすと記録が読めなくなります。控えを別の場所に置いてください。"
            )

    async def _start_database(self) -> None:
        if self._given.database_url is not None:
            return
        self._postgres = postgres = EmbeddedPostgres(self._settings.var)
        await postgres.prepare(self._progress)
        argv, env = postgres.command()
        with self._progress.step("PostgreSQLを起動しています"):
            await self._supervisor.start(
                ProcessSpec(
                    name="postgres",
                    argv=argv,
                    env=env,
                    cwd=Path("/"),
                    before=postgres.before_start,
                    ready=postgres.wait_ready,
                    # Its fast shutdown: rolls back, writes everything down, no recovery at the next start.
                    stop_signal=signal.SIGINT,
                    orphan_signal=signal.SIGINT,
                    stop_grace=30.0,
                )
            )

    async def _start_service(self) -> None:
        with self._progress.step("データベースを最新の版にしています / migrations"):
            settings = self._settings
            owner, application = str(settings.database_owner_url), str(settings.database_url)
            role = make_url(application).username
            await check_key_file(owner, Sealer.from_key_file(settings.sealing_key_file))
            await asyncio.to_thread(upgrade, owner, role if role != make_url(owner).username else None)
        commands: list[Callable[[], Awaitable[None]]] = []
        if self._starts_actions:
            health = settings.actions_url.removesuffix("/webhook") + "/health"
            commands.append(partial(self._start_ours, "actions", "アクション", partial(http_answers, health)))
        commands.append(partial(self._start_ours, "worker", "ワーカー", None))
        commands.append(
            partial(self._start_ours, "web", "ウェブ", partial(http_answers, f"{self._web}/healthz"), command="serve")
        )
        if self._starts_simulator:
            commands.append(self._start_simulator)
        await _together(*commands)

    async def _start_ours(
        self, name: str, title: str, ready: Callable[[], Awaitable[None]] | None, command: str | None = None
    ) -> None:
        with self._progress.step(f"{title}を起動しています / {name}"):
            argv = (sys.executable, "-m", "handoff.cli", command or name)
            await self._supervisor.start(
                ProcessSpec(
                    name=name,
                    argv=argv,
                    env=self._environment if name == "worker" else _without_alarms(self._environment),
                    cwd=ROOT,
                    ready=ready,
                    ready_timeout=60.0,
                    nice=_NICENESS.get(name, 0),
                )
            )

    async def _start_rasa(self) -> None:
        if not self._starts_rasa:
            return
        model = model_path()
        if not is_recorded(model):
            with self._progress.step("Rasaを学習しています (データか設定が変わったため) / training"):
                await self._supervisor.run(training_spec(model, self._environment))
        url = self._settings.rasa_url
        with self._progress.step("Rasaを起動しています / rasa"):
            await self._supervisor.start(
                ProcessSpec(
                    name="rasa",
                    argv=(
                        *(str(bot_python()), "-m", "bot.serve", "--model", str(model)),
                        *("--host", "127.0.0.1", "--port", str(port_of(url))),
                    ),
                    env=bot_environment(self._environment),
                    cwd=ROOT,
                    ready=partial(http_answers, f"{url}/"),
                    ready_timeout=180.0,
                    nice=_NICENESS["rasa"],
                )
            )

    async def _start_simulator(self) -> None:
        url = self._settings.simulator_url
        # It plays LINE's platform: it gets the channel's credentials and nothing else of ours. Its clock is the real one,
        # as LINE's is; the service moves event times by its own offset.
        secret, token = self._settings.line_channel_secret, self._settings.line_channel_access_token
        environment = {name: value for name, value in self._environment.items() if not name.startswith("TSUNAGI_")}
        if secret is not None and token is not None:
            environment["LINE_CHANNEL_SECRET"] = secret.get_secret_value()
            environment["LINE_CHANNEL_ACCESS_TOKEN"] = token.get_secret_value()
        with self._progress.step("模擬LINEを起動しています / simulator"):
            await self._supervisor.start(
                ProcessSpec(
                    name="simulator",
                    argv=(
                        *(sys.executable, "-m", "handoff.simulator", "--host", "127.0.0.1"),
                        *("--port", str(port_of(url)), "--webhook-url", f"{self._web}/line/webhook"),
                    ),
                    env=environment,
                    cwd=ROOT,
                    ready=partial(http_answers, f"{url}/", range(200, 500)),
                )
            )

    @property
    def _web(self) -> str:
        """The web process as it is reached from this machine."""
        host = self._given.host
        reached = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
        return f"http://{f'[{reached}]' if ':' in reached and '[' not in reached else reached}:{self._given.port}"

    async def _wait_all_ready(self) -> None:
        try:
            async with asyncio.timeout(_ALL_READY_SECONDS):
                await http_answers(f"{self._web}/readyz")
        except TimeoutError:
            raise ConfigurationError(
                f"{_ALL_READY_SECONDS:.0f} 秒たっても {self._web}/readyz が応答しません。記録: {self._given.var / 'log'}"
            ) from None

    def _print_addresses(self) -> None:
        say = self._progress.say
        say("")
        say("つなぎが動いています。/ Tsunagi is running.")
        if self._starts_simulator:
            say(f"  生徒として試す / try as a student   {self._web}/simulator")
        say(f"  ウェブで相談する / web chat         {self._web}/chat")
        say(f"  名前を書かずに知らせる / reports    {self._web}/report")
        say(f"  相談員として入る / the desk         {self._web}/desk")
        say(f"  LINEのWebhook / webhook             {self._web}/line/webhook")
        say(f"  状態 / readiness                    {self._web}/readyz")
        say(f"  記録 / logs                         {self._given.var / 'log'}")
        say("止めるには Ctrl-C / Ctrl-C stops everything.")


def _environment(settings: Settings) -> dict[str, str]:
    """What our own processes get: everything but the address of the database's owner, which only migrations use."""
    kept = {name: value for name, value in os.environ.items() if name != "TSUNAGI_DATABASE_OWNER_URL"}
    ours = settings.environment()
    ours.pop("TSUNAGI_DATABASE_OWNER_URL", None)
    return kept | ours | {"PYTHONUNBUFFERED": "1", "RASA_TELEMETRY_ENABLED": "false"}


def _without_alarms(environment: Mapping[str, str]) -> dict[str, str]:
    """What a process gets that sends no alarms: the address in links, not the ways and their secrets."""
    hidden = alarm_setting_names() - {"TSUNAGI_PUBLIC_URL"}
    return {name: value for name, value in environment.items() if name not in hidden}


def _has_database(var: Path) -> bool:
    return (var / "postgres" / "PG_VERSION").exists()


async def _together(*works: Callable[[], Awaitable[None]]) -> None:
    """Runs all at the same time; the first error cancels the others and is raised as it is."""

    async def one(work: Callable[[], Awaitable[None]]) -> None:
        await work()

    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(one(work))
    except BaseExceptionGroup as errors:
        raise _first(errors) from None


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
