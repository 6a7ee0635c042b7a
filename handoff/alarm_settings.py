"""The settings of the ways by which an alarm leaves the house: mail, webhook, call, and the link in them."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from handoff.addresses import http_url, is_private_way
from handoff.domain.notice import Medium, is_mail_address


class AlarmSettings(BaseSettings):
    """The part of ``Settings`` that alarms need. Each way wants two settings: both of them or neither."""

    public_address: str | None = Field(
        default=None,
        validation_alias="TSUNAGI_PUBLIC_URL",
        description=(
            "外から見たウェブのアドレス。お知らせのリンクの始まりです。なければ http://127.0.0.1:<TSUNAGI_PORT> です。"
            "本物のLINEでは、かならず設定します。"
            " / The web process as seen from outside; alarm links begin with it. Required with the real LINE."
        ),
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        validation_alias="TSUNAGI_SMTP_URL",
        description=(
            "緊急のメールを渡すサーバ (smtp://利用者:パスワード@ホスト:587 または smtps://…:465)。"
            " / Server that takes alarm mails; smtp:// means STARTTLS but on this machine."
        ),
    )
    mail_from: str | None = Field(
        default=None,
        validation_alias="TSUNAGI_MAIL_FROM",
        description="緊急のメールの差出人。アドレスだけを書きます。 / Sender of alarm mails, a plain address.",
    )
    alarm_webhook_url: SecretStr | None = Field(
        default=None,
        validation_alias="TSUNAGI_ALARM_WEBHOOK_URL",
        description=(
            "緊急のお知らせを渡すアドレス (SMSやチャットの中継)。 / Address that takes alarms, e.g. an SMS gateway."
        ),
    )
    alarm_webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias="TSUNAGI_ALARM_WEBHOOK_SECRET",
        description=(
            "そのお知らせに署名する合い言葉。16文字以上。 / Key of the HMAC that signs them; 16 characters or more."
        ),
    )
    voice_gateway_url: str | None = Field(
        default=None,
        validation_alias="TSUNAGI_VOICE_GATEWAY_URL",
        description="電話をかける中継のアドレス。 / Address of the gateway that places calls.",
    )
    voice_gateway_token: SecretStr | None = Field(
        default=None,
        validation_alias="TSUNAGI_VOICE_GATEWAY_TOKEN",
        description="その中継のBearerトークン。 / Bearer token of that gateway.",
    )

    @field_validator("public_address", "voice_gateway_url")
    @classmethod
    def _way_out(cls, value: str | None) -> str | None:
        return None if value is None else http_url(value)

    @field_validator("alarm_webhook_url")
    @classmethod
    def _secret_way_out(cls, value: SecretStr | None) -> SecretStr | None:
        # Chats put their token into the address itself; it's kept to the letter.
        if value is not None:
            http_url(value.get_secret_value())
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("smtp:// か smtps:// で始まるアドレスにしてください")
        # First what lies behind the host: with a bare / in the password its first half would be taken for the port.
        if parts.path not in ("", "/") or parts.query or parts.fragment or not _has_a_port_or_none(parts):
            raise ValueError(
                "ホストとポートまでにしてください。パスワードの記号 (# / ? @ など) は %23 のように書きます"
            )
        if (parts.username is None) != (parts.password is None):
            raise ValueError("利用者とパスワードは、両方を書くか、両方を省いてください")
        return value

    @field_validator("mail_from")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is not None and not is_mail_address(value):
            raise ValueError("メールアドレスだけを書いてください (名前は付けません)")
        return value

    @model_validator(mode="after")
    def _whole_ways(self) -> AlarmSettings:
        """Half a way out is none, and nobody would notice before the first alarm."""
        for first, second, names in (
            (self.smtp_url, self.mail_from, "TSUNAGI_SMTP_URL と TSUNAGI_MAIL_FROM"),
            (
                self.alarm_webhook_url,
                self.alarm_webhook_secret,
                "TSUNAGI_ALARM_WEBHOOK_URL と TSUNAGI_ALARM_WEBHOOK_SECRET",
            ),
            (
                self.voice_gateway_url,
                self.voice_gateway_token,
                "TSUNAGI_VOICE_GATEWAY_URL と TSUNAGI_VOICE_GATEWAY_TOKEN",
            ),
        ):
            if (first is None) != (second is None):
                raise ValueError(f"{names} は、両方を設定するか、両方を空にしてください")
        if self.alarm_webhook_secret is not None and len(self.alarm_webhook_secret.get_secret_value()) < 16:
            raise ValueError("TSUNAGI_ALARM_WEBHOOK_SECRET は16文字以上にしてください")
        # The alarm's link and the gateway's token open doors, so they travel encrypted.
        webhook = None if self.alarm_webhook_url is None else self.alarm_webhook_url.get_secret_value()
        for url, name in (
            (webhook, "TSUNAGI_ALARM_WEBHOOK_URL"),
            (self.voice_gateway_url, "TSUNAGI_VOICE_GATEWAY_URL"),
        ):
            if url is not None and not is_private_way(url):
                raise ValueError(f"{name} は https:// で始まるアドレスにしてください")
        return self

    @property
    def alarm_media(self) -> frozenset[Medium]:
        """The media by which an alarm can leave the house; the desk is always among them."""
        ways = {
            Medium.MAIL: self.smtp_url,
            Medium.WEBHOOK: self.alarm_webhook_url,
            Medium.VOICE: self.voice_gateway_url,
        }
        return frozenset({Medium.DESK, *(medium for medium, way in ways.items() if way is not None)})


def alarm_setting_names() -> frozenset[str]:
    """The names of the environment variables that ``AlarmSettings`` reads."""
    return frozenset(str(field.validation_alias) for field in AlarmSettings.model_fields.values())


def _has_a_port_or_none(parts: SplitResult) -> bool:
    try:
        _ = parts.port
    except ValueError:  # its text quotes what stands there, which may be half a password
        return False
    return True
