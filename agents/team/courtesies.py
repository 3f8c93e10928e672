"""What a message is about, beyond courtesies and the small words around them, in a dozen languages."""

import re
from functools import lru_cache

from agents.log.prose import GLUED

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[^.!?。！？؟\n]+[.!?。！？؟\n]?")
_GLUED = re.compile(f"[{GLUED}]")


def content(text: str) -> frozenset[str]:
    """What a text is about: its words but for courtesies and small words, its questions, and code as it stands.

    Of scripts that put no blanks between words, it has pairs of letters instead of words.

        assert content("Thanks a lot, and have a nice day!") == frozenset()
        assert content("Thanks, row 17 is wrong.") == {"row", "17", "wrong"}
    """
    return _content(text.casefold())


@lru_cache(maxsize=4096)
def _content(text: str) -> frozenset[str]:
    text = text.replace("do not ", "don't ")
    found = {text} if "`" in text else set[str]()
    found.update(" ".join(words_of(one)) + "?" for one in _SENTENCE.findall(text) if one[-1] in "?？؟")
    for word in words_of(text):
        if _GLUED.search(word):
            for rest in _PHRASES.split(word):
                found.update(rest[at : at + 2] for at in range(max(len(rest) - 1, min(len(rest), 1))))
        elif word not in _SMALL_WORDS:
            found.add(word)
    return frozenset(found)


def words_of(text: str) -> list[str]:
    """The words of a text without the signs around them, in lower case."""
    return _WORD.findall(text.casefold())


_SMALL_WORDS = frozenset(
    _WORD.findall(
        """
        a absolutely again already don into moment now
        agree agreed all always am amazing an and any anything anytime appreciate appreciated
        are around as assist assistance at awesome back be been best beautiful brilliant but by bye can care
        chat cheers collaborate collaborating collaboration come congratulations contact continue continued
        could d day definitely delighted discussion enjoy enjoyed ever evening everyone everything exactly
        excellent fantastic feedback feel find fine for forward free friend fruitful further future get glad go
        good goodbye gotcha grateful gratitude great hand happy have having hear hello help helped helpful
        helping here hesitate hi honor honour hope how i if in indeed is it its job journey just keep kind
        kindness know later let like likewise ll look looking lot lovely luck m me meet more morning much mutual
        my need needed next nice night no not noted of off ok okay on once or other our out over perfect pleased
        pleasure please possible problem productive re reach ready really s same see seeing share sharing so
        something soon stay success successful such support supporting sure t take talk talking team teamwork
        thank thankful thanking thanks that the them then there these they things this thoughtful time to today
        together too touch truly until up us ve very was wait we week weekend welcome well what when whenever
        will wish wishes wishing with wonderful word words work worked working worries would you your yours
        alles also am an auch auf bald bei bin bis bitte da danke dank dann das dass dein deine deinen dem den
        der des dich die dir du ebenfalls ebenso ein eine einen einverstanden erfolg es euch euer freue freut
        für ganz genau geholfen gern gerne geschehen gleichfalls glück großartig grüße gruß gut gute guten gutes
        habe haben hat helfen herzlich herzlichen hilfe ich ihnen ihr ihre ihren im immer ist ja jederzeit kann
        kein keine klasse konnte lieb liebe lieben mach machs mal mein meine mich mir mit morgen nacht nett
        nette netten nichts noch nächste nächsten nächstes oder perfekt prima problem schon schön schöne schönen
        schönes sehr servus sie sind so spaß super tag tage toll tschüs tschüss um und uns unser unsere ursache
        verstanden viel viele vielen vielmals von war weiterhin wieder wiedersehen wir wochenende wunderbar
        wünsche wünschen worte zu zum zur zusammenarbeit angenehme abend abrazo adiós agradezco agradecida
        agradecido al amable amables aquí ayuda ayudar ayudarle ayudarte bien bonito buen buena buenas buenos
        chao chau colaboración colaborar con cuando cuídate cuídese de del disposición día días el encantada
        encantado en es estamos estar estoy estupendo excelente éxito feliz fin fue genial gracias gusto ha
        haber hasta igualmente la las le les lindo linda lo los luego maravilloso mañana me mi mil mis mucha
        muchas mucho muy nada noche noches nos o palabras para perfecto placer por pronto próxima que quieras
        qué saludos se semana ser si sido siempre sin su suerte sus también tarde tardes te tenga tengan tengas
        ti todo todos trabajo tu tus un una usted ustedes vemos vez y ya aider aidé ainsi au aussi avec avoir
        beaucoup bientôt bon bonne c ce collaboration d est et était excellent fois génial journée j je l le
        merci mille moi mon n nuit également pareillement parfait plaisir pour prie prochaine pu ravi ravie
        revoir rien salut soirée tout très une votre vos vous alla altrettanto anche arrivederci buon buona ciao
        collaborazione di e è fantastico figurati giornata grazie lavorare lavoro mio niente notte ottimo
        perfetto piacere presto prego prossima serata stato te voi abraço ajuda ajudar amanhã até boa bom breve
        colaboração dia disponha foi igualmente logo muito não noite obrigada obrigado ordens ótimo perfeito
        prazer sempre tchau trabalhar você às большое был была вам взаимно всегда всего встречи день дня до
        доброго за и мне не отлично пожалуйста помочь прекрасно рад рада свидания скорой спасибо тебе тоже удачи
        хорошего что
        """
    )
)

_PHRASES = re.compile(
    "|".join(
        sorted(
            _WORD.findall(
                """
            ありがとうございました ありがとうございます ありがとう どうも こちらこそ どういたしまして
            お疲れ様でした お疲れさまでした お疲れ様です お疲れさまです お疲れ よろしくお願いいたします
            よろしくお願いします よろしくお願い致します よろしく お願いします お願いいたします また いつでも
            お役に立てて 役に立てて うれしいです 嬉しいです 光栄です 幸いです 何かあれば お声がけください
            お知らせください ください それでは では 失礼します 失礼いたします さようなら 良い一日を よい一日を
            一日を 素晴らしい すばらしい 完璧です 了解しました 了解です 承知しました 承知いたしました
            わかりました 次回 今後とも 引き続き 本当に とても でした です ました ます さん ね よ を は が に も
            の と で 非常感谢 感谢 谢谢 多谢 不客气 不用谢 没关系 没问题 很高兴 能帮到你 能帮到您 帮到你 帮到您
            帮忙 合作愉快 愉快 合作 祝你 祝您 祝 一切顺利 顺利 再见 拜拜 回头见 下次见 下次 随时 联系 我们 你们
            大家 我 你 您 也 很 的 了 是 好的 太棒了 太好了 好 棒 完美 加油 保重 辛苦了 辛苦 需要 有 请 都 再
            今天 一天 期待 与 감사합니다 감사드립니다 감사 고맙습니다 고마워요 고마워 천만에요 별말씀을요
            수고하셨습니다 수고하세요 안녕히 가세요 계세요 안녕하세요 안녕 좋은 하루 되세요 보내세요 다음에 또
            만나요 봬요 저도 네 언제든지 도움이 되어 기쁩니다 기뻐요 정말
                """
            ),
            key=len,
            reverse=True,
        )
    )
)
