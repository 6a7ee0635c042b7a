"""School types, with or without a year: 中学2年, 高等部1年, 高校生です, 定時制, 中卒.

A school that is only talked about (高校行けますか, 中学のとき, 高校生の姉) is not the writer's.
"""

from __future__ import annotations

import re

from kernel.intake.grade import COUNTERS, KANA_DIGIT, YEAR_END, year_of_course
from kernel.intake.mention import Mention
from kernel.intake.numbers import ARABIC, KANJI, number
from kernel.intake.owner import CHILDREN, THIRD_PERSONS, Owner, owner_before, owner_of
from kernel.intake.stages import (
    COMPULSORY,
    ELEMENTARY,
    ELSEWHERE,
    HIGH,
    JUNIOR,
    SECONDARY,
    SPANNING,
    SPECIAL,
    TYPE_WORDS,
    UNIVERSITY,
    VOCATIONAL,
    grade_of,
)

_TYPE = re.compile("|".join(f"(?P<{name}>{words})" for name, words, _ in TYPE_WORDS))
_TYPE_OF = {name: school_type for name, _, school_type in TYPE_WORDS}
_PART = re.compile(r"(?:の|に通う|に通ってる|・| )?(?P<part>小学部|中学部|高等部|前期(?:課程)?|後期(?:課程)?)")
_GAP = r"(?P<gap>(?:生|せい|校)?(?:の|で|今|いま|現在|は|、|,|・|:|\(| |に通う|に通ってる|に通っている|(?:の|の?[^\s、。はがをにで0-9]{1,6})(?:科|こーす|くらす)の?|女子|男子){0,3})"
_YEAR = re.compile(
    rf"{_GAP}(?:(?P<num>{ARABIC}|{KANJI}|{KANA_DIGIT})(?P<end>{YEAR_END})"
    rf"|(?P<bare>[1-9]|[一二三四五六](?=$|です|年))(?![0-9:.]|年|{COUNTERS})(?=$|です|だよ|だけど|だし|っす|や|なん|なの|で、|[\s、。,/()!♀♂]|女|男|の(?:女|男|子)))"
)
_LAST_YEAR = {ELEMENTARY: 6, JUNIOR: 3, HIGH: 3}
_CLOSE_GAPS = frozenset({"", "の", "生", "生の", "校", "校の", " ", "・", "生 ", "校 ", "せい"})
_TAIL = re.compile(r"です|で、|だよ|だけど|だ$|なん|$|[\s、。,/!()♀♂]|女|男|の(?:女|男)|[ -]?[0-9]{1,2}組")

_STUDENT = re.compile(
    r"の?[高低中]学年|(?:学)?生(?!活|徒会|ま|物|理)|せい(?!かつ|ふ|と)|校生(?!活)|(?:学校|校)?の?生徒"
)
_IS_STUDENT = re.compile(
    r"(?:です|でーす|だ(?!と思|った)|で(?!き)|なん|なの|やで|やけ|やねん|や$|$|[\s。!、,/♀♂()]|に?なり(?:ま|たて)|に?なった(?!ら|とき)|に?なってから"
    r"|女|男|の(?:女|男)(?:子|の子)?(?:です|だ|$|[。、])|の(?:私|僕|俺|自分|わたし|者|もの|身)|の?[12]?[0-9](?:歳|才|です|だ|$|[。、])|にも?なって|の(?:くせ|分際|うちから|頭じゃ)|(?:一人|ひとり|1人)で|が(?:こんな|何言|相談)"
    r"|じゃ(?:け|$)|やって|を?(?:して|やって)(?:い)?[るま]|っす|って(?:こと|だけ)|と(?:だけ|して(?:は|の))|(?:に)?なれた|最後|活(?:は|が)?楽しくな)"
)
_ATTENDS = (
    r"(?:に|へ)?通学(?:し|中|で)|(?:に|へ)(?:(?:子ども|子供|息子|娘|長男|長女)を)?(?:通わせ|行かせ)て(?:い)?[るまお]|(?:に|へ)?(?:は|も)?(?:今|いま|毎日|ちゃんと|一応|週[0-9]で)?(?:通|かよ|行|い)って(?:い)?(?:[るまて](?!せん)|お[りる]|帰)"
    r"|(?:に|へ)?(?:通|かよ)(?!って(?:い)?(?:な|ま?せん|ません|た)|え(?:な|て(?:い)?な|ま?せん|ません)|いた|う(?:か|つ|予|こと)|お)|通い"
    r"|(?:に|へ|も)?(?:は)?(?:行|い)(?:けて(?:い)?(?:な|ま)|けな[いく]|けませ|けなくな|けるとき)|(?:に|へ)?(?:行|い)きたくな"
    r"|(?:に|へ)?行く(?:の)?(?:が|は|も)(?:つら|辛|嫌|いや|しんど|怖|こわ|きつ|苦痛|苦し|憂鬱|だる|無理|面倒|不安)"
)
_ENTERED = (
    r"(?:入学|進学)(?:後|早々|直後)(?!は|の予定)|でびゅー(?:に|を)?(?:失敗し(?:た(?!い|く|ら)|て|まし)|成功し)|に(?:は)?な(?:って(?!も)|った(?!ら|とき|時|頃)|りまし)|(?:に|へ)?(?:は|も)?(?:入|はい)(?:って(?!も|み)|った(?!ら|とき|時|方|頃|ころ)|りました|り直し|りたて)"
    r"|(?:に|へ)?(?:再)?(?:入学|進学|転校|転入|編入|転学|進級)(?:し|いたし|させ)(?:て(?!も)|た(?!い|ら|く|とき|時|方|ほう|頃)|まし)|に入れ(?:て(?:い)?[るま]|まし|た(?!い|ら|く))"
    r"|(?:に|へ)?(?:上|あ|移|うつ)(?:が|)?(?:って(?!も)|った(?!ら|とき|時)|りまし|りたて)|に進(?:んで|んだ(?!ら)|みまし)|に受か(?:って|りまし|った(?!ら))[^。]{0,8}(?:通|今)"
    r"|を?転校(?:し(?:て|た(?!い|ら|く|方|ほう)|まし))"
)
_FEELS = (
    r"(?:が|は|を|も|に|で|って)?(?:もう|本当に|ほんとに|ほんと|まじで|全然|ぜんぜん|毎日|最近|結構|すごく|とても)*"
    r"(?:つら|辛|しんど|嫌(?:で|だ|に|す|い|$)|嫌い|いや(?:だ|で|に)|楽しくな|つまら|きつ|苦し|苦痛|だる|めんど|怖|こわ|憂鬱|地獄|無理|疲れ|うまくい[かっ]|馴染め|なじめ|慣れ(?:な|ませ|て)"
    r"|やめたい|辞めたい|やめそう|休みがち|休んで|休学(?:し|中|です)|不登校(?!だった|でした|にな(?:り|って)(?:そう|たく))|留年し(?:た(?!い|ら|く)|て|そう|まし)|さぼ|ぼっち|孤立|退学になりそう|いじめ(?:ら|に)|始ま(?:って|った|りま))"
)
_HERE = r"で(?:は)?(?:[^。、\s]{1,12}て(?:い)?(?:ます|る(?!時|とき))|[^。、\s]{0,6}(?:友達|友だち|ともだち|友人|仲間|居場所|話せる人|味方)[^。、\s]{0,3}(?:でき|い|作れ|な)(?:な[いくし]|ませ|い)(?!かな|かも|か[。?]))"
_IS_SCHOOL = re.compile(
    r"(?:です|でーす|だ(?=[。、!けかし\s]|よ|わ|$)|でし(?=[、。 ]|$)|なん(?:です|だ|や|すけど)|なの(?!か)|やで|やけ|やねん|っす"
    rf"|{_ATTENDS}|{_ENTERED}"
    r"|って(?:いう|ゆう|言う)(?:とこ|学校|[^。、]{1,6}(?:とこ|ところ))|に在|在学|在籍|の[小中高](?:[1-6一二三四五六]|学|等)|女子|男子|の(?:女|男)(?:子|の子)?(?:です|だ|$|[。、])"
    r"|[♀♂]|(?:女|男)(?:です|$)|の?[1-6一二三]年目|とだけ|ってことだけ|の(?:者|生徒)(?:です|なん|で、|だ)|に(?:籍|所属)|の寮(?:に|で))"
)
_SCHOOL_LIFE = re.compile(
    r"(?:の(?:部活|授業|講義|保健室|弁当|お弁当|昼休み|休み時間|修学旅行|文化祭|体育祭|合宿|学食|図書室|担任|くらす|先生|宿題|課題|てすと|寮|校則|制服|勉強|人間関係|友人関係|教室|くらすめいと|顧問|実習|さーくる)(?![^。]{0,8}(?:になりた|でした|だった|ました))"
    rf"|{_FEELS}|{_HERE})"
)
# 「今年高校入ったんだけど」: who entered this spring is in the first year.
_THIS_SPRING = re.compile(
    r"(?:今年度?|この春|今春)(?:の(?:春|4月|四月))?(?:から|に|、|やっと|無事|なんとか)*(?:公立|私立)?$"
)
_ENTERED_IT = re.compile(
    r"(?:に|へ)?(?:(?:入|はい|上が|あが|な)(?:った(?!ら|とき|時|方)|って(?!も|ない)|りまし)|(?:入学|進学)し(?:た(?!い|ら|とき|時)|て(?!も)|まし))"
)
_SPENDS_LIFE = re.compile(rf"生活(?:{_FEELS}|(?:を|も)?(?:送|過ご)|(?:も|が)?[0-9一二三]年目)")
# 「高校に通う姉」, 「中学に入った妹」: the school is the person's who follows.
_WHO_ATTENDS = re.compile(
    r"(?:に|へ)?(?:今|いま|今年|この春)?(?:通う|(?:通|かよ|行|い)って(?:い)?る|在籍(?:する|して(?:い)?る)|いる|入る|(?:入っ|上がっ|入学し|進学し|転校し)た(?:ばかりの)?)"
)
# What goes on in a clause that begins with the school: 「高校では一人です」, 「高校から帰ると母が怒鳴る」.
_CLAUSE = re.compile(r"(?:では|には|にも|でも|まで|から|の|に|で|を|は|が|も)[^。!?\n]{2,24}")
_PRESENT = re.compile(
    r"ない|なく|ません|て(?:い)?る|て(?:い)?ます|てて|[られ]れる|そう|つら|しんど|嫌|怖|だる|一人|ひとり|ぼっち|たくな|帰(?:る|って|ると)|行く(?:の|電車|前|と)|通(?:う|学)|毎日|時間かか|すぎ|遠|やめた|辞め(?:た|さ)|され|られた"
)
_ASIDE = re.compile(
    r"受験|入試|進学(?!校で)|志望|希望|でびゅー|(?:通|行|い)って(?:い)?(?:な|ま?せん|ません)|行きた[いく](?!な)|行け(?!ない|なく|ませ|て(?:い)?[なま])|行かせ|行かな(?:くて|きゃ|いと)|行って(?:ほし|欲し|くれ|も)|いけ(?:ば|る|ます)|入りた|入れ|入る|合格|落ち|受か|受け|選|決|迷|悩ん|どこ|どっち|どう|どんな|躊躇|ためら|将来|いつか|興味|考え|意味|知りた|なりた|やりた|出(?:ろ|た|ない|なき)|卒業|中退|不安|心配|かな|だろう|でしょう"
    r"|たら|れば|なら(?!な)|頃|ころ|時代|とき|の時|思い出|とらうま|説明会|おーぷん|体験|見学|ぱんふ|願書|偏差値|倍率|内申|推薦|学費|お金|金が|野球|試合|まで(?:行|は|に)|以来|からの?(?:友|付き|仲|知)|友達|友だち|同級生|先輩|後輩|(?:って|と)(?:言|い[うっ])|みんな|友人|転校した|来年|再来年|もうすぐ|来月|4月"
)
_PAST = re.compile(r"(?:[っいしれけえべねめきみりちびてん])[ただ](?![いくりらちまぶめえて])")
# Of a special, a nine-year or a technical school hardly anybody talks who isn't there.
_ONLY_TALKED_OF = re.compile(
    r"(?:を|に|は|も|が|と|か|へ|の)?(?:(?:も)?(?:すすめ|勧め|考え|検討|迷|見学|体験|調べ)|(?:行|移|入|い)(?:け(?!て|な)|れ|さ|った方|ったほう|くか|るか|ろ)|って(?![^。]{0,16}(?:とこ|そこ|通|[1-9]年))|どう|何|なに|どんな|普通|支援級|か|説明|方が|ほうが|人|子(?!ども|供)|先生(?:に|を)|受)"
)
_ANOTHER_ONE = re.compile(
    r"(?:別の|別々の|違う|ちがう|他の|ほかの|行ける|入れる|行きたい|入りたい|受かる|受ける|近くの)$"
)
_NOW_LEFT = re.compile(r"(?:今|いま|まだ|現在|今は|いまは)$")
# Alone at an end: the answer 「中学校」, 「学校は県立高校」, but not 「行きたい高校」.
_ALONE = re.compile(r"$|[。、!/()]|[ ](?![^\s]*(?:受験|入試|進学))")
_ALONE_LEFT = re.compile(r"(?:^|まだ|いま|[\s、。/(:]|は|[一-龥○◯〇△□■●×a-z](?<!志望)(?<!希望))$")
# A profile in strokes or spaces: 「16/通信/女」, 「17 不登校 通信」.
_IN_A_ROW = re.compile(
    r"(?:(?:[0-9男女♀♂歳才]|不登校)[ 、/・|,](?:専門|通信|定時|短大|院生)|^(?:専門|通信|定時)(?=[/・|]|[ 、](?:[0-9]{1,2}|男|女)))(?=$|[/・|、 。,(])|^(?:専門|通信|定時)$"
)
_NOT_THERE = re.compile(
    r"(?:生活?)?(?:に|へ|を|は|の|も|って|とか)?(?:通いた|行きた[いく](?!な)|いきたい|行こう(?!とし|とも)|行け(?:ます|る)|行けば|いけ(?:ます|る)|進学(?!後|直後|し(?:て|た(?!い|ら|く)|まし))|進み(?!まし)|受け|受験|入試"
    r"|受か(?!って|りま)|落ち|合格|志望|目指|入りた|入れ(?:ます|る|な)|見学|選び|選ぶ|決め|編入(?!し(?:て|た(?!い)|まし))|説明会|中退|退学(?!になりそう)|やめ(?:た(?![いく])|て|まし)"
    r"|辞め(?:た(?![いく])|て|まし)|浪人|卒業|(?:に|へ)?(?:入って|行って|進んで|進学して|通って)(?![るまいたんお])[^。、]{0,12}(?:なりたい|つもり|予定|学びたい|とりたい|取りたい)|行く(?:予定|つもり)|(?:通|行)って(?:い)?(?:た|まし))"
)
# 「大学行きたくない」 is said by who is to go there as often as by who is there.
_NOT_YET = re.compile(r"(?:に|へ|も|は)?(?:は|も)?(?:行|い)きたくな")
_WISHED = re.compile(r"(?:志望校?|希望|目標|進学先|受験校|行きたいの)(?:は|が|:)[^。\n]{0,10}$")

_NOW = r"(?:を|は|も|に|の|なら)?(?:もう|とっくに|すでに|去年|今年|先月|途中で|[春夏秋冬]に|[0-9]月(?:に|で)|この[春夏秋冬]|昨年|[1-3一二三]年で|全部|すぐ)*"
# 「学校やめて働きたい」, 「やめてって言われた」, 「卒業したい」: not done yet.
_DONE = r"(?:た(?!い|ら|く|方|ほう|と(?:き|ころ)|時|がっ)|て(?:から)?(?!も|は(?!い)|って|と|ほし|くれ|[^。、]{0,10}(?:たい|たら|いいか|いいです|しまいそう|ようか|ほうがいい))|まし(?!たら)|ちゃっ(?:た(?!ら)|て)|てしま(?:った|いまし))"
_PLACE = r"(?:高校|中学|大学|大学院|短大|専門|専門学校|高専|学校|通信|定時制?|通信制)(?:校)?"
_IS_ONE = (
    r"(?:です|でーす|だ(?!と|った|ろう|から(?:嫌|いや))|で(?![もきは])|でも(?:相談|大丈夫|いいです|いいの|話|聞|使|おっけ|ok)|なん(?:です|だ|や|すけど|で)|なの(?!か)|や(?:けど|ねん|で|から)|っす"
    r"|(?:に)?(?:は)?なり(?:まし|たて)|になっ(?:た(?!ら|時|とき)|て(?!も))|を?(?:して|やって)(?:い)?[るまてお]|の?[0-9]{1,2}(?:歳|才|です|だ|の|男|女|$|[、。 ])|の(?:男|女|者|私|僕|俺|自分)|[男女]|歴?(?:今)?[0-9一二三]年(?:目|生)"
    r"|中|$|[\s、。/!(・])"
)
_LEFT_SCHOOL = re.compile(
    rf"(?P<quit>(?:[中高][1-3一二三]年?の(?:春|夏|秋|冬|途中|夏休み|[1-3]学期)(?:に|で)?(?:高校を?|学校を?)?|(?<=[中高][1-3一二三]で)|(?<=高校[1-3一二三]年で)|(?<=高校を[1-3一二三]年で))(?:やめ|辞め){_DONE})|"
    r"(?:中卒|高卒|大卒)(?=にーと|ふりーたー|わい|です|で(?!も)|だ(?!と|った)|なん|けど|や|[\s、。,0-9/]|の(?:[0-9]|男|女|社会人|ふり)|$)"
    rf"|{_PLACE}(?:だった|でした)(?:けど|が|のに)?[^。\n]{{0,12}}?(?:やめ|辞め|中退し?|退学し?){_DONE}|退学届(?:を)?(?:もう)?出し(?:て(?!も)|た(?![いら])|まし)"
    rf"|(?:{_PLACE}{_NOW})?(?:中退|退学)(?:し{_DONE}|です|者|に(?:なりまし|なった(?!ら))|済|、|。| |$|になりまし|になっ(?:た|て)|で今|で働|後)"
    rf"|{_PLACE}{_NOW}(?:やめ|辞め){_DONE}"
    rf"|{_PLACE}(?:に|へ|は|も|を)?(?:も)?(?:行っ|通っ|入っ|はいっ|入学し|進学し)(?:て|た)[^。\n]{{0,14}}?(?:やめ|辞め|中退し?|退学し?){_DONE}"
    rf"|{_PLACE}{_NOW}(?:卒業(?:し{_DONE}|済|後(?!は?どう|の進|に行)|生)|卒(?=です|で|だ|の[0-9男女]|$|[、。 ])|出(?:まし|た(?!い|ら|く|ところ|方)|て(?!も|[^。、]{{0,10}}(?:たい|たら|」))))"
    rf"|(?:もう|とっくに|すでに|既に|この春|[0-9]月に|今年|去年)(?:に)?卒業し(?:て(?!から)|まし|た(?!い|ら|く))|(?<![一-龥])卒業(?:して(?:今|働|ふり|から働)|生(?:です|なん|で、|だ|$|の))"
    rf"|(?:高認|高卒認定|大検)(?:を|に|は|の)?(?:試験)?(?:に|を|の)?(?:取って|取った|取りま|とって|とった|受か|合格|勉強|目指|めざ)"
    rf"|(?:宅浪|(?<!仮面)浪人(?:生|中|の身)?|予備校生|[一二三1-3]浪)(?:中|目|生)?(?:{_IS_ONE}|突入|確定|決定|して|した(?!ら|い|く))|(?<!仮面)浪人(?:が?(?:決|き)ま|確定)|予備校(?:に|へ)?(?:通|行)って(?:い)?[るま]"
    r"|(?:ふりー|ほーむ|おるたなてぃぶ|いんたー(?:なしょなる)?)すくーる(?:です|だ|なん|在籍|に?通学|(?:に)?(?:も|は)?(?:今)?(?:移|転|在籍|入(?!りた|れ)|通(?!いた|おう|う(?:か|こと))|行って)|通い|通って|生|の(?:生徒|[0-9])|[0-9一二三]年目|して|$|[、。/ ])|いんたー(?:です|に通|$)"
    rf"|(?!学校){_PLACE}(?:に|へ)?(?:は|も)?(?:進学し(?:ま|な|て(?:い)?な|て(?:い)?ませ)|進学せず|行かず|行かない(?:で|まま)|行かなかっ|行きませんでし)(?!い$)"
    r"|進学も就職も(?:し(?:て(?:い)?)?(?:な|ませ)|せず)|就職も進学も(?:し(?:て(?:い)?)?(?:な|ませ)|せず)|進学せず|(?:高校|大学|学校)(?:を|は)?除籍(?:に|さ|処)|既卒(?=です|で|だ|に|$|[、。 ])|学校に(?:は)?(?:もう)?籍(?:が|は)?(?:な|あり)|^(?:学校の?)?所属(?:は)?(?:なし|ありません|してな|していませ|してませ)|学校(?:という|って)(?:もの|とこ|ところ)に(?:は)?(?:属|通|行)[^。]{0,4}(?:ない|ません)|(?<![小中大])学生(?:じゃ|では|で)(?:な(?!く?なり)|あり|ね)|(?:どこ(?:の学校)?|学校)に(?:は|も)?(?:どこにも)?(?:所属|在籍)(?:し(?:て(?:い)?)?)(?:な|ませ)|どこ(?:の学校)?(?:に)?(?:は|も)(?:通って|行って|属して)(?:い)?(?:な|ませ)"
)
# Working is out of school too, where no school is named beside it: 「働いてるけど17です」.
_WORKS = re.compile(
    rf"(?P<is>ふりーたー|にーと|会社員|(?:専業)?主婦|無職|社会人|家事手伝い|公務員|派遣社員|契約社員|正社員|自営業){_IS_ONE}"
    r"|(?P<job>看護師|保育士|美容師|介護士|介護職|店員|自衛官|ol|(?<![ぁ-んー])ぱーと|会社勤め)(?:です|を?して(?:い)?[るま]|として働|で働)|(?<!学)(?:工場|会社|夜勤)?勤務(?:です|して|の[0-9])|会社(?:に|で)(?:勤め|働い)て(?:い)?[るま]|(?:家業|実家|家の(?:仕事|店|農業|畑))(?:を|の)?手伝(?:って(?:い)?[るま]|い(?:です|を?して(?:い)?[るま]))|作業所(?:に(?:通って|行って)|です)|(?:就労(?:移行)?(?:支援)?|職業訓練)[^、。]{0,4}に通って|最終学歴(?:は)?[中高]卒"
    r"|(?P<at_work>職場(?:の|で|が|に)|(?:会社の)?上司(?:に|が|の|と|は)|(?:休職|退職|転職)(?:中|し(?:て|た(?!い|ら|く)|まし))|(?<!の)仕事(?:に|が|を|は)(?:もう|毎日)?(?:つら|しんど|行きたくな|辞めた|やめた|休[みん]|きつ))"
    r"|(?:働い|はたらい|勤め)て(?:い)?(?:る(?!人|親|時|とき)|ます|て|おり|まし)|働(?:き始め|きだし)(?:た|て|まし)|(?:就職し)(?:て(?!も)|た(?!い|ら|く|ほう|方)|まし)"
    r"|(?:の)?仕事(?:を)?して(?:い)?(?:る(?!人|親|時|とき|のか)|ます|て)|ばいと(?:だけ)?(?:で|の)?(?:生活|暮ら)"
)
_AT_SCHOOL_TOO = re.compile(r"ばいと(?:先)?で(?!生活|暮ら)|学校(?:が|の)?(?:終わ|帰り|行き|から|通い|生活)|ながら")
# 「部活は高2でやめた」: not the school.
_ANYTHING_ELSE = re.compile(r"(?:部|塾|ばいと|習い事|ぴあの|りすか|自傷|すいみんぐ|恋愛|げーむ)(?:活)?(?:は|を|も|が)")
_ANYBODY_ELSE = re.compile(rf"(?:{THIRD_PERSONS})(?!なし|がい|い[るなま])|片親|片方|家族|店長|社長")

_IN_THE_PAST = re.compile(r"(?:去年|昨年|おととし|一昨年|先月|先週|[0-9]年前)(?:に|の春に?)?$")
_UNDECIDED = re.compile(r"[^。、]{0,4}(?:どこ|どう|どっち|選|決[まめ]|迷|受け|希望|志望|目指)")
_CHILD_DOES = re.compile(rf"(?:{CHILDREN})(?:が|は|も)[^。!?\n]*$")
# A teacher's school is their pupils'.
_TEACHER = re.compile(
    r"(?:に|で)?(?:勤務|勤め|教え(?:て(?:い|お|る)|る立場))|(?:の|で)?(?:養護)?(?:教員|教諭|教師|担任|講師|顧問|学年主任|教頭|校長|支援員|すくーるかうんせらー)(?:です|を|で|として|の者|をして|なん|、|$)"
)
_OUR = re.compile(
    r"(?:今|いま|現在)の$|(?:入学し|入っ|進学し)た$|(?:うち|私|わたし|僕|ぼく|俺|おれ|自分)(?:たち|達|ら)?の$"
)


def find_school_types(text: str) -> list[Mention]:
    """Return the school types in a text that is normalised and folded to hiragana; with their grades where said."""
    found = []
    match = _TYPE.search(text)
    while match is not None:
        school_type = _TYPE_OF[match.lastgroup or ""]
        mention = (
            _with_year(text, match, school_type)
            or _by_its_course(text, match, school_type)
            or _alone(text, match, school_type)
        )
        if mention is not None:
            found.append(mention)
        # From the end of the mention: the 中学部 of a 特別支援学校 is no 中学校.
        match = _TYPE.search(text, mention.end if mention is not None else match.end())
    found.extend(_in_a_row(text))
    left = _out_of_school(text)
    if any(mention.owner in (Owner.WRITER, Owner.UNSAID) for mention in left):
        # 「高校やめました。高校でいじめられてたので」: what went on at school is over.
        found = [
            mention
            for mention in found
            if mention.grade
            or _IS_SCHOOL.match(text, mention.end)
            or mention.owner in (Owner.CHILD, Owner.PUPIL, Owner.OTHER)
        ]
    found.extend(left)
    return found


def _out_of_school(text: str) -> list[Mention]:
    found = []
    for match in _LEFT_SCHOOL.finditer(text):
        owner = owner_of(text, match.start(), match.end(), acts=False)
        if owner is Owner.NOBODY and _IN_THE_PAST.search(text, max(0, match.start() - 6), match.start()):
            owner = Owner.UNSAID  # who left school last year is out of it now
        if not (match["quit"] and _ANYTHING_ELSE.search(text, max(0, match.start() - 24), match.start())):
            found.append(Mention(match.start(), match.end(), owner, school_type=ELSEWHERE))
    for match in _WORKS.finditer(text):
        owner = owner_of(text, match.start(), match.end(), acts=False)
        since = max(0, match.start() - 24, *(text.rfind(mark, 0, match.start()) + 1 for mark in "。!?\n"))
        if owner is Owner.UNSAID:
            # Between 「母は」 and 「働いてて」 anything may stand; and a grown-up's work is never the child's school.
            end = match.end() + 12 if match["at_work"] else match.start()
            owner = Owner.OTHER if _ANYBODY_ELSE.search(text, since, end) else Owner.WRITER
        free = match["is"] or match["job"] or not _AT_SCHOOL_TOO.search(text)
        if free and not text.startswith(("校に", "校で", "園で"), match.start() - 2):
            found.append(Mention(match.start(), match.end(), owner, school_type=ELSEWHERE))
    return found


def _in_a_row(text: str) -> list[Mention]:
    places = [(match.end(), match.group()[-2]) for match in _IN_A_ROW.finditer(text)]
    types = {"専": VOCATIONAL, "通": HIGH, "定": HIGH}
    return [Mention(end - 2, end, Owner.UNSAID, school_type=types.get(word, UNIVERSITY)) for end, word in places]


def _with_year(text: str, match: re.Match[str], school_type: str) -> Mention | None:
    word = match.group()
    part_match = _PART.match(text, match.end()) if school_type in (SPECIAL, COMPULSORY, SECONDARY) else None
    part = (
        part_match["part"] if part_match else ("高等部" if school_type == SPECIAL and word.startswith("高等") else "")
    )
    year = _YEAR.match(text, part_match.end() if part_match else match.end())
    if year is None:
        return None
    if year["gap"] not in _CLOSE_GAPS:
        # 「高校で1年休んだ」 is no grade, 「高校、1年です」 is one.
        plain = year["bare"] is not None or year["end"] in ("年", "ねん")
        if plain and not _TAIL.match(text, year.end()):
            return None
    value = number(year["num"] or year["bare"]) or 0
    grade = _grade_there(word, school_type, value, part)
    if grade is None and school_type not in (SPECIAL, UNIVERSITY, VOCATIONAL):
        return None
    owner = owner_of(text, match.start(), year.end())
    return Mention(match.start(), year.end(), owner, grade=grade, school_type=school_type)


def _grade_there(word: str, school_type: str, year: int, part: str = "") -> str | None:
    grade = grade_of(school_type, year, part)
    # Part-time and correspondence courses may take four years.
    return "高4" if grade is None and year == 4 and word.startswith(("定時", "通信", "て", "つうしん")) else grade


def _by_its_course(text: str, match: re.Match[str], school_type: str) -> Mention | None:
    read = year_of_course(text, match.end(), last=_LAST_YEAR.get(school_type))
    entered = None if read else _ENTERED_IT.match(text, match.end())
    if entered and _THIS_SPRING.search(text, max(0, match.start() - 10), match.start()):
        read = (1, entered.end())
    grade = _grade_there(match.group(), school_type, read[0]) if read else None
    if read is None or grade is None:
        return None
    owner = owner_of(text, match.start(), read[1])
    owner = owner if owner is not Owner.NOBODY else owner_before(text, match.start())
    return Mention(match.start(), read[1], owner, grade=grade, school_type=school_type)


def _alone(text: str, match: re.Match[str], school_type: str) -> Mention | None:
    start, end = match.span()
    part = _PART.match(text, end) if school_type in (SPECIAL, COMPULSORY, SECONDARY) else None
    student = _STUDENT.match(text, part.end() if part else end)
    end = student.end() if student else part.end() if part else end
    if _TEACHER.match(text, end):
        return Mention(start, end, Owner.PUPIL, school_type=school_type)
    if _SPENDS_LIFE.match(text, end):
        return Mention(start, end, owner_before(text, start), school_type=school_type)
    if _NOT_THERE.match(text, end) or _WISHED.search(text, max(0, start - 16), start):
        return None
    if school_type in (UNIVERSITY, VOCATIONAL) and _NOT_YET.match(text, end):
        return None
    relative = _WHO_ATTENDS.match(text, end)
    owner = owner_of(text, start, relative.end() if relative else end, acts=False)
    if relative and owner in (Owner.CHILD, Owner.PUPIL, Owner.OTHER):
        return Mention(start, end, owner, school_type=school_type)
    owner = owner_of(text, start, end, acts=False)
    if owner is Owner.UNSAID and _CHILD_DOES.search(text, max(0, start - 24), start):
        owner = Owner.CHILD
    if owner is Owner.CHILD and _UNDECIDED.match(text, end):
        return None
    if owner in (Owner.WRITER, Owner.UNSAID) and not _is_own(text, start, end, school_type, student is not None):
        return None
    return Mention(start, end, owner, school_type=school_type)


def _is_own(text: str, start: int, end: int, school_type: str, student: bool) -> bool:
    if student:
        return _IS_STUDENT.match(text, end) is not None
    if _OUR.search(text, max(0, start - 6), start):
        return True
    if _IS_SCHOOL.match(text, end) or _SCHOOL_LIFE.match(text, end):
        return True
    if text.startswith(("で、", "でし"), end) and _NOW_LEFT.search(text, max(0, start - 4), start):
        return True
    if school_type in SPANNING:
        return not _ONLY_TALKED_OF.match(text, end)
    if _ANOTHER_ONE.search(text, max(0, start - 5), start):
        return False
    told = _CLAUSE.match(text, end) if school_type in (JUNIOR, HIGH) else None
    if told and _PRESENT.search(told.group()) and not _ASIDE.search(told.group()):
        return school_type == HIGH or not _PAST.search(told.group())
    return bool(_ALONE.match(text, end) and _ALONE_LEFT.search(text, max(0, start - 4), start))
