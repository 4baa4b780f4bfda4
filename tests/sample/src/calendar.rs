//! Dates as mail writes them. A moment is minutes since 1970 in UTC; seconds come from the message's own chance.

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment, and what the clock of its writer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// Seconds since 1970, UTC.
    pub(crate) seconds: i64,
    /// Minutes that the writer's clock is ahead of UTC.
    pub(crate) offset: i64,
}

/// The fields of a clock on a wall.
pub(crate) struct Clock {
    pub(crate) year: i64,
    pub(crate) month: usize,
    pub(crate) day: i64,
    pub(crate) weekday: &'static str,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Moment {
    /// Reads `2015-06-02 20:03 +0200`.
    pub(crate) fn parse(text: &str) -> Option<Moment> {
        let (date, rest) = text.split_once(' ')?;
        let (time, zone) = rest.split_once(' ')?;
        let mut date = date.splitn(3, '-').map(|n| n.parse::<i64>().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (hour, minute) = time.split_once(':')?;
        let zone: i64 = zone.parse().ok()?;
        let offset = zone / 100 * 60 + zone % 100;
        let minutes = days(year, month, day) * 1440 + hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?;
        Some(Moment { seconds: (minutes - offset) * 60, offset })
    }

    pub(crate) fn clock(self) -> Clock {
        let local = self.seconds + self.offset * 60;
        let (day_number, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = civil(day_number);
        Clock {
            year,
            month: usize::try_from(month).unwrap_or(1),
            day,
            weekday: DAYS[usize::try_from(day_number.rem_euclid(7)).unwrap_or(0)],
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }

    /// `Tue, 2 Jun 2015 20:03:11 +0200`, as in a Date header.
    pub(crate) fn rfc5322(self) -> String {
        let c = self.clock();
        let sign = if self.offset < 0 { '-' } else { '+' };
        let (hours, minutes) = (self.offset.abs() / 60, self.offset.abs() % 60);
        format!(
            "{}, {} {} {} {:02}:{:02}:{:02} {sign}{hours:02}{minutes:02}",
            c.weekday,
            c.day,
            short_month(c.month),
            c.year,
            c.hour,
            c.minute,
            c.second
        )
    }

    /// `Tue Jun  2 14:03:11 2015`, as in a From_ line.
    pub(crate) fn asctime(self) -> String {
        let c = self.clock();
        let month = short_month(c.month);
        format!("{} {month} {:2} {:02}:{:02}:{:02} {}", c.weekday, c.day, c.hour, c.minute, c.second, c.year)
    }

    /// The same moment on the archive host's clock, which stands in US Eastern time as that of the real lists did.
    pub(crate) fn at_archive(self) -> Moment {
        let c = Moment { offset: -300, ..self }.clock();
        // To the day in 2015 and nearly so in other years; nothing reads this as the date.
        let summer = ((3, 8)..(11, 1)).contains(&(c.month, c.day));
        Moment { offset: if summer { -240 } else { -300 }, ..self }
    }
}

/// `June` for 6.
pub(crate) fn month_name(month: usize) -> &'static str {
    MONTHS[(month + 11) % 12]
}

/// `Jun` for 6.
pub(crate) fn short_month(month: usize) -> &'static str {
    &month_name(month)[..3]
}

/// Days from 1970-01-01 to a day of the Gregorian calendar (H. Hinnant's `days_from_civil`).
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil(day_number: i64) -> (i64, i64, i64) {
    let z = day_number + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_mail_writes_it() {
        let moment = Moment::parse("2015-06-02 20:03 +0200").unwrap();
        assert_eq!(moment.rfc5322(), "Tue, 2 Jun 2015 20:03:00 +0200");
        assert_eq!(moment.at_archive().asctime(), "Tue Jun  2 14:03:00 2015");
    }

    #[test]
    fn days_and_back() {
        for day in [-1, 0, 59, 11_016, 16_495, 16_860, 17_166] {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day, "{year}-{month}-{date}");
        }
        assert_eq!(civil(16_860), (2016, 2, 29));
    }

    #[test]
    fn half_hours_count() {
        assert_eq!(Moment::parse("2016-02-29 00:10 +0530").unwrap().seconds, 1_456_684_800);
        assert_eq!(Moment::parse("2016-02-29 00:10 -0430").unwrap().rfc5322(), "Mon, 29 Feb 2016 00:10:00 -0430");
    }
}
