(* The sign analysis is sound for every op: what `transfer` says of the result is true, and where `okc` says
   so the op's side condition is true at every point, in every direction. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Pointwise.
From Pullback Require Import Ops.UnaryProof Ops.BinaryProof Ops.CompareProof Ops.ClampProof Ops.CreateProof.
From Pullback Require Import Ops.DotProof Ops.ReduceProof Ops.WindowDeriv.
From Pullback Require Import Certificate.Sign Certificate.SignProof Certificate.SignMoves
  Certificate.SignLines Certificate.SignWindows.
From Pullback Require Import Ops.IndexingDeriv.
Import ListNotations.
Open Scope R_scope.

(* One sign for every operand. *)
Lemma holds_all_length ss hs vs : holds_all ss hs vs -> length vs = length hs.
Proof.
  revert hs vs; induction ss as [|a ss IH]; intros [|h hs] [|v vs]; simpl; try tauto. intros [_ H].
  f_equal; auto.
Qed.
(* Nothing is claimed. *)
Lemma holds_anything s t : holds anything s t.
Proof. intros i _. apply sat_anything. Qed.

(* ---- elementwise ops and constants ---- *)
(* What is known of a clamp's operands holds of the three numbers at each index. *)
Lemma clamp_operands ats rt ss vs : infer Clamp ats = Some rt -> holds_all ss (map snd ats) vs ->
  exists l x u sl su vl vx vu, ss = [l; x; u] /\ vs = [vl; vx; vu] /\ ats = [(fst rt, sl); rt; (fst rt, su)]
  /\ forall i, inb (snd rt) i = true -> sat l (spread sl vl i) /\ sat x (vx i) /\ sat u (spread su vu i).
Proof.
  intros T H. apply clamp_typed in T as (sl & su & -> & Fl & Fu).
  destruct ss as [|l [|x [|u [|]]]], vs as [|vl [|vx [|vu [|]]]]; simpl in H; try tauto.
  destruct H as (Hl & Hx & Hu & _). exists l, x, u, sl, su, vl, vx, vu.
  do 3 (split; [reflexivity|]). intros i Hi. split; [|split; [apply Hx; auto|]]; unfold spread.
  - destruct Fl as [-> | ->]; [apply (Hl []); auto|]. destruct (snd rt); [apply (Hl []); auto|apply Hl; auto].
  - destruct Fu as [-> | ->]; [apply (Hu []); auto|]. destruct (snd rt); [apply (Hu []); auto|apply Hu; auto].
Qed.
Lemma holds_unary u ats rt ss vs : infer (Unary u) ats = Some rt -> holds_all ss (map snd ats) vs ->
  exists a, ss = [a] /\ holds (sign_unary u a) (snd rt) (sem Rscal (Unary u) ats rt vs).
Proof.
  intros T H. apply unary_typed in T as [-> _]. apply holds_one in H as (a & x & -> & -> & H).
  exists a. split; auto. intros i Hi. rewrite sem_unary_at by auto. apply sat_unary; auto.
Qed.
(* Elementwise, the table for numbers: *)
Lemma holds_binary b same ats rt ss vs : infer (Binary b) ats = Some rt -> holds_all ss (map snd ats) vs ->
  (same = true -> match vs with [x; y] => x = y | _ => True end) ->
  exists p q, ss = [p; q] /\ holds (sign_binary b same p q) (snd rt) (sem Rscal (Binary b) ats rt vs).
Proof.
  intros T H E. apply binary_typed in T as [-> _].
  apply holds_two in H as (p & q & x & y & -> & -> & Hx & Hy).
  exists p, q. split; auto. intros i Hi. rewrite sem_binary_at by auto. apply sat_binary; auto.
  intros Q. rewrite (E Q); auto.
Qed.
(* a comparison is 0 or 1, *)
Lemma holds_compare d ats rt ss vs : infer (Compare d) ats = Some rt -> holds_all ss (map snd ats) vs ->
  holds truth_value (snd rt) (sem Rscal (Compare d) ats rt vs).
Proof.
  intros T H. apply compare_typed in T as (e & -> & _). apply holds_two in H as (p & q & x & y & -> & -> & _).
  intros i Hi. rewrite sem_compare_at by auto. apply sat_truth.
Qed.
(* a selection is one of two, *)
Lemma holds_select ats rt ss vs : infer Select ats = Some rt -> holds_all ss (map snd ats) vs ->
  exists p a b, ss = [p; a; b] /\ holds (either a b) (snd rt) (sem Rscal Select ats rt vs).
Proof.
  intros T H. apply select_typed in T as (sp & -> & _).
  destruct ss as [|p [|a [|b [|]]]], vs as [|q [|x [|y [|]]]]; simpl in H; try tauto.
  destruct H as (_ & Hx & Hy & _). exists p, a, b. split; auto. intros i Hi.
  rewrite sem_select_at by auto. unfold sem_select.
  destruct (strue _ _); [apply sat_either_l, Hx|apply sat_either_r, Hy]; auto.
Qed.
(* a conversion keeps signs, or is 0 or 1. *)
Lemma holds_convert to ats rt ss vs : infer (Convert to) ats = Some rt -> holds_all ss (map snd ats) vs ->
  exists a, ss = [a]
    /\ holds (match to with I1 => truth_value | _ => a end) (snd rt) (sem Rscal (Convert to) ats rt vs).
Proof.
  intros T H. apply convert_typed in T as (e & -> & _). apply holds_one in H as (a & x & -> & -> & H).
  exists a. split; auto. intros i Hi. rewrite sem_convert_at by auto.
  destruct to; simpl; try apply H; auto. apply sat_truth.
Qed.
(* A clamp has those of a maximum and a minimum; *)
Lemma holds_clamp ats rt ss vs : infer Clamp ats = Some rt -> holds_all ss (map snd ats) vs ->
  exists l x u, ss = [l; x; u]
    /\ holds (sign_binary Minimum false (sign_binary Maximum false x l) u) (snd rt) (sem Rscal Clamp ats rt vs).
Proof.
  intros T H. destruct (clamp_operands _ _ _ _ T H) as (l & x & u & sl & su & vl & vx & vu & -> & -> & -> & K).
  exists l, x, u. split; auto. intros i Hi. destruct (K i Hi) as (Kl & Kx & Ku).
  rewrite sem_in by auto. exact (sat_minimum false _ _ _ _ (sat_maximum false _ _ _ _ Kx Kl) Ku).
Qed.
(* "is finite" is 0 or 1. *)
Lemma holds_is_finite ats rt ss vs : infer IsFinite ats = Some rt -> holds_all ss (map snd ats) vs ->
  holds truth_value (snd rt) (sem Rscal IsFinite ats rt vs).
Proof.
  intros T H. apply is_finite_typed in T as (e & -> & _). apply holds_one in H as (a & x & -> & -> & H).
  intros i Hi. rewrite sem_in by auto. apply sat_truth.
Qed.
(* A constant has its values' signs; *)
Lemma holds_constant t v ats rt vs : infer (Constant t v) ats = Some rt -> length vs = length ats ->
  holds (sign_values v) (snd rt) (sem Rscal (Constant t v) ats rt vs).
Proof.
  intros T L. apply constant_typed in T as (-> & -> & _ & _ & N). destruct vs; try discriminate.
  intros i Hi. rewrite sem_in by auto.
  destruct v as [|d [|d' v]]; [apply sat_anything|apply (sat_values [d]); simpl; auto|].
  destruct N as [N|N]; [discriminate|]. set (l := d :: d' :: v) in *.
  change (sat (sign_values l) (nth (Z.to_nat (ravel (snd t) i)) (map (sem_decimal Rscal) l) 0)).
  pose proof (ravel_bound _ _ Hi) as B.
  rewrite nth_indep with (d' := sem_decimal Rscal d) by (rewrite map_length; lia).
  rewrite map_nth. apply sat_values, nth_In. lia.
Qed.
(* positions are not negative. *)
Lemma holds_iota t a ats rt vs : infer (Iota t a) ats = Some rt -> length vs = length ats ->
  holds (Sgn Nonnegative Unknown Unknown Unknown) (snd rt) (sem Rscal (Iota t a) ats rt vs).
Proof.
  intros T L. apply iota_typed in T as (-> & -> & _ & Ha & _). destruct vs; try discriminate.
  intros i Hi. rewrite sem_in by auto. simpl. unfold sem_iota. cbn [sofQ Rscal].
  pose proof (inb_at _ _ a Hi Ha). assert (0 <= IZR (znth i a)) by (apply IZR_le; lia).
  repeat split; simpl. lra.
Qed.
(* A contraction sums products. *)
Lemma holds_dot lb rb lc rc ats rt ss vs : infer (DotGeneral lb rb lc rc) ats = Some rt ->
  holds_all ss (map snd ats) vs -> exists a b, ss = [a; b] /\
  holds (Sgn (many (product_sign a b)) (many (product_opposite a b)) Unknown Unknown) (snd rt)
        (sem Rscal (DotGeneral lb rb lc rc) ats rt vs).
Proof.
  intros T H. apply dot_general_typed in T as (e & sx & sy & -> & -> & _).
  apply holds_two in H as (a & b & x & y & -> & -> & Hx & Hy). exists a, b. split; auto.
  intros o Ho. rewrite sem_in by auto. apply sat_bilinear; auto.
Qed.
(* So does a convolution. *)
Lemma holds_convolution c ats rt ss vs : infer (Convolution c) ats = Some rt ->
  holds_all ss (map snd ats) vs -> exists a b, ss = [a; b] /\
  holds (Sgn (many (product_sign a b)) (many (product_opposite a b)) Unknown Unknown) (snd rt)
        (sem Rscal (Convolution c) ats rt vs).
Proof.
  intros T H. assert (exists t t', ats = [t; t']) as (t & t' & ->).
  { simpl in T. unfold infer_convolution in T. destruct ats as [|[] [|[] [|]]]; try discriminate. eauto. }
  apply holds_two in H as (a & b & x & y & -> & -> & Hx & Hy). exists a, b. split; auto.
  intros o Ho. rewrite sem_in by auto. apply sat_bilinear; auto.
Qed.

(* ---- every op ---- *)
Theorem transfer_sound o same ats rt ss vs : infer o ats = Some rt -> holds_all ss (map snd ats) vs ->
  (same = true -> match vs with [x; y] => x = y | _ => True end) ->
  holds (transfer o same ats rt ss) (snd rt) (sem Rscal o ats rt vs).
Proof.
  intros T H E. pose proof (holds_all_length _ _ _ H) as L. rewrite map_length in L.
  destruct o; cbn [transfer].
  - destruct (holds_unary _ _ _ _ _ T H) as (a & -> & K). exact K.
  - destruct (holds_binary _ _ _ _ _ _ T H E) as (p & q & -> & K). exact K.
  - exact (holds_compare _ _ _ _ _ T H).
  - destruct (holds_select _ _ _ _ T H) as (p & a & b & -> & K). exact K.
  - destruct (holds_convert _ _ _ _ _ T H) as (a & -> & K). destruct to; exact K.
  - exact (holds_is_finite _ _ _ _ T H).
  - destruct (holds_clamp _ _ _ _ T H) as (l & x & u & -> & K). exact K.
  - apply holds_constant; auto.
  - apply holds_iota; auto.
  - destruct (holds_broadcast _ _ _ _ _ _ T H) as (a & -> & K). exact K.
  - destruct (holds_reshape _ _ _ _ _ T H) as (a & -> & K). exact K.
  - destruct (holds_transpose _ _ _ _ _ T H) as (a & -> & K). exact K.
  - destruct (holds_reverse _ _ _ _ _ T H) as (a & -> & K). exact K.
  - destruct (holds_slice _ _ _ _ _ _ _ T H) as (a & -> & K). exact K.
  - destruct (holds_pad _ _ _ _ _ _ _ T H) as (a & b & -> & K). exact K.
  - destruct (holds_concatenate _ _ _ _ _ T H) as (b & l & -> & K). exact K.
  - destruct (holds_dynamic_slice _ _ _ _ _ T H) as (a & l & -> & K). exact K.
  - destruct (holds_dynamic_update_slice _ _ _ _ T H) as (a & b & l & -> & K). exact K.
  - destruct (holds_gather _ _ _ _ _ _ _ T H) as (a & l & -> & K). exact K.
  - destruct (holds_scatter _ _ _ _ _ _ _ _ T H) as (a & i & b & -> & K). destruct k; exact K.
  - destruct (holds_reduce _ _ _ _ _ _ T H) as (t & a & -> & -> & K). exact K.
  - destruct (holds_dot _ _ _ _ _ _ _ _ T H) as (a & b & -> & K). exact K.
  - destruct (holds_convolution _ _ _ _ _ T H) as (a & b & -> & K). exact K.
  - destruct (holds_reduce_window _ _ _ _ _ _ T H) as (a & -> & K). destruct kind; exact K.
  - destruct (holds_select_and_scatter _ _ _ _ _ T H) as (a & b & -> & K). exact K.
  - apply holds_softmax; auto.
  - apply holds_log_softmax; auto.
  - apply holds_anything.
  - apply holds_anything.
Qed.

(* ---- side conditions ---- *)
(* x <> 0, or x > 0, where the op asks it. *)
Lemma okc_unary u ats rt ss vs ds : infer (Unary u) ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc (Unary u) ats rt ss = true -> ok_unary u ats rt vs ds.
Proof.
  intros T H K. apply unary_typed in T as [-> _]. apply holds_one in H as (a & x & -> & -> & H).
  destruct ds as [|d [|]]; simpl; auto. intros F i Hi. specialize (H i Hi).
  pose proof (sat_nonzero a (x i) H) as N. pose proof (sat_positive a (x i) H) as P.
  assert (I : (nonneg (s_pos a) && positive_ (s_under a))%bool = true -> -1 < x i < 1).
  { destruct H as (A & _ & C & _). intros Q. apply andb_prop in Q as [Q1 Q2].
    pose proof (lv_nonneg _ _ A Q1). pose proof (lv_positive _ _ C Q2). lra. }
  destruct u; simpl in *; try discriminate; auto; try (rewrite F in K; auto).
  - destruct H as (A & _). pose proof (lv_nonneg _ _ A K). lra.
  - destruct H as (_ & _ & _ & D). pose proof (lv_positive _ _ D K). lra.
Qed.
(* No tie, no division by zero, a positive base. *)
Lemma okc_binary b ats rt ss vs ds : infer (Binary b) ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc (Binary b) ats rt ss = true -> ok_binary b ats rt vs ds.
Proof.
  intros T H K. apply binary_typed in T as [-> _].
  apply holds_two in H as (p & q & x & y & -> & -> & Hx & Hy).
  destruct ds as [|d [|e [|]]]; simpl; auto. intros F i Hi. specialize (Hx i Hi). specialize (Hy i Hi).
  assert (N : nonzero (sign_subtract p q) = true -> x i <> y i).
  { intros Q. pose proof (sat_nonzero _ _ (sat_subtract _ _ _ _ Hx Hy) Q). lra. }
  destruct b; simpl in *; auto; try (rewrite F in K; left; auto).
  - apply (sat_nonzero q); auto.
  - apply (sat_positive p); auto.
  - apply orb_prop in K as [K|K]; [left; apply (sat_nonzero p)|right; apply (sat_positive q)]; auto.
Qed.
(* No tie with either bound. *)
Lemma okc_clamp ats rt ss vs ds : infer Clamp ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc Clamp ats rt ss = true -> ok_clamp ats rt vs ds.
Proof.
  intros T H K. destruct (clamp_operands _ _ _ _ T H) as (l & x & u & sl & su & vl & vx & vu & -> & -> & -> & S).
  destruct ds as [|dl [|dx [|du [|]]]]; simpl; auto. intros F i Hi. destruct (S i Hi) as (Sl & Sx & Su).
  cbn [okc] in K. rewrite F in K. apply andb_prop in K as [K1 K2]. split; left.
  - pose proof (sat_nonzero _ _ (sat_subtract _ _ _ _ Sx Sl) K1). lra.
  - pose proof (sat_maximum false _ _ _ _ Sx Sl) as M. rewrite smax_most in M.
    pose proof (sat_nonzero _ _ (sat_subtract _ _ _ _ M Su) K2). lra.
Qed.
(* No tie, by the sign of the difference. *)
Lemma okc_compare d ats rt ss vs ds : infer (Compare d) ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc (Compare d) ats rt ss = true -> ok_compare d ats rt vs ds.
Proof.
  intros T H K. apply compare_typed in T as (e & -> & _).
  apply holds_two in H as (p & q & x & y & -> & -> & Hx & Hy).
  intros I i Hi. change (integers [(e, snd rt); (e, snd rt)] || nonzero (sign_subtract p q) = true)%bool in K.
  rewrite I in K.
  pose proof (sat_nonzero _ _ (sat_subtract _ _ _ _ (Hx i Hi) (Hy i Hi)) K). lra.
Qed.
(* Not at zero, where the conversion jumps. *)
Lemma okc_convert to ats rt ss vs ds : infer (Convert to) ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc (Convert to) ats rt ss = true -> ok_convert to ats rt vs ds.
Proof.
  intros T H K. apply convert_typed in T as (e & -> & T & N). apply holds_one in H as (a & x & -> & -> & H).
  simpl. intros I F i Hi. unfold tfloat in F. rewrite T in F. specialize (N I).
  destruct to; try discriminate; try tauto.
  change ((negb (tfloat (e, snd rt)) && true) || nonzero a = true)%bool in K. rewrite I in K.
  apply (sat_nonzero a); auto.
Qed.
(* Sums have no condition; maxima are not discharged: *)
Lemma okc_reduce k dims ats rt ss vs ds : holds_all ss (map snd ats) vs ->
  okc (Reduce k dims) ats rt ss = true -> ok_reduce k dims ats rt vs ds.
Proof. intros _ K. destruct k; [exact Logic.I|discriminate]. Qed.
(* nor are those of windows. *)
Lemma okc_reduce_window k w ats rt ss vs ds : holds_all ss (map snd ats) vs ->
  okc (ReduceWindow k w) ats rt ss = true -> ok_reduce_window k w ats rt vs ds.
Proof. intros _ K. destruct k; [exact Logic.I|discriminate]. Qed.

(* The side conditions, by op; ops that are not named have none. *)
Definition side_condition (o : op) : ok_fun :=
  match o with
  | Unary u => ok_unary u
  | Binary b => ok_binary b
  | Compare d => ok_compare d
  | Convert e => ok_convert e
  | Clamp => ok_clamp
  | Scatter k n o u => ok_scatter k n o u
  | Reduce k d => ok_reduce k d
  | ReduceWindow k w => ok_reduce_window k w
  | SelectAndScatter w => ok_select_and_scatter w
  | _ => fun _ _ _ _ => True
  end.
(* What okc discharges is true at every point. *)
Theorem okc_sound o ats rt ss vs ds : infer o ats = Some rt -> holds_all ss (map snd ats) vs ->
  okc o ats rt ss = true -> side_condition o ats rt vs ds.
Proof.
  intros T H K. destruct o; try exact Logic.I; simpl side_condition.
  - eapply okc_unary; eauto.
  - eapply okc_binary; eauto.
  - eapply okc_compare; eauto.
  - eapply okc_convert; eauto.
  - eapply okc_clamp; eauto.
  - destruct k; [exact Logic.I|discriminate].
  - eapply okc_reduce; eauto.
  - eapply okc_reduce_window; eauto.
  - discriminate.
Qed.
